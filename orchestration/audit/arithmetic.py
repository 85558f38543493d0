"""The steps of a payout line done again, exactly, from the figures that the marts publish.

Each step says how it is computed, what comes out, and what the warehouse says: two numbers that
must be one. Figures go in as they are published, so this finds a wrong step, not a wrong event.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

Row = Mapping[str, Any]
SLICED = ("flat", "marginal", "whole_amount", "overage_at_top")
_INHERITED = (
    ("gross", "gross_amount"),
    ("after_cliff", "after_cliff_amount"),
    ("after_floor", "after_floor_amount"),
    ("capped", "capped_amount"),
    ("retained", "retained_amount"),
    ("released", "released_amount"),
)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Step:
    """One step of a line.

    `amount` is what the warehouse says, `computed` what the arithmetic gives; None where nothing
    published says how it is computed. `formula` is the same for a spreadsheet, in which a name in
    braces stands for the cell of an earlier figure.
    """

    name: str
    text: str
    amount: Decimal
    computed: Decimal | None
    formula: str | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether the arithmetic gives another amount than the warehouse says."""
        return self.computed is not None and self.computed != self.amount


def rounded(value: Fraction, digits: int) -> Decimal:
    """An exact value to so many digits, half away from zero; with two digits written."""
    scale = 10**digits
    units = floor(abs(value) * scale + Fraction(1, 2))
    amount = Decimal(units if value >= 0 else -units) / scale
    return amount.quantize(CENT) if digits <= 2 else amount


def line_steps(
    line: Row,
    slices: Sequence[Row],
    origin: Row | None = None,
    window_amount: Decimal | None = None,
) -> list[Step]:
    """Every step of a line, from its credit to what may be paid of it, in plan currency.

    Args:
        line: its row of fct_payout_lines with that of fct_payout_line_factors.
        slices: its rows of fct_payout_line_slices, in order.
        origin: the line that it takes back, where it reverses an event.
        window_amount: of a line of its own window, what the window's events came to.
    """
    steps = [*_credit(line)]
    if line["reversed_to_date"] is not None and origin is not None:
        return [*steps, *_inherited(line, origin)]
    steps.append(_gross(line, slices))
    steps.append(_cliff(line, slices))
    steps.append(_floor(line, window_amount))
    steps.append(_capped(line))
    return [*steps, *_shares(line)]


def pay_steps(line: Row, parts: Mapping[str, Decimal]) -> list[Step]:
    """What the line makes of each part, in the currency of pay; `parts` is what is entitled."""
    rate, digits = line["pay_exchange_rate"], line["pay_minor_unit_digits"]
    is_converted = line["currency"] != line["pay_currency"]
    paid = {}
    for name in ("capped", "retained", "released"):
        paid[name] = rounded(Fraction(line[f"{name}_amount"]) * Fraction(rate), digits)
    texts = {name: _converted(line[f"{name}_amount"], rate, is_converted) for name in paid}
    cells = {name: _round(f"{{{name}}}*{{pay_rate}}", digits) for name in paid}
    of_part = {
        "earned": (paid["capped"], texts["capped"], cells["capped"]),
        "clawback": (
            paid["retained"] - paid["capped"],
            f"{texts['retained']} - {_in_brackets(texts['capped'], is_converted)}",
            f"{cells['retained']}-{cells['capped']}",
        ),
        "held": (
            paid["released"] - paid["retained"],
            f"{texts['released']} - {_in_brackets(texts['retained'], is_converted)}",
            f"{cells['released']}-{cells['retained']}",
        ),
    }
    return [
        Step(part, text, parts.get(part, Decimal("0.00")), computed, formula)
        for part, (computed, text, formula) in of_part.items()
    ]


def slice_text(line: Row | None, tier: Row) -> tuple[str, Fraction | None]:
    """How a slice is computed, and its exact value; None where it has no rate."""
    if tier["rate"] is None:
        return "by the piece or along the curve", None
    above, below = slice_share(line, tier)
    rate = Fraction(tier["rate"])
    if line is None or above is None or below is None:
        exact = Fraction(tier["credit_amount"]) * rate
        return f"{money(tier['credit_amount'])} x {percent(tier['rate'])}", exact
    credit = Fraction(line["credit_amount"])
    exact = credit * Fraction(above) / Fraction(below) * rate
    if credit * Fraction(above) / Fraction(below) == Fraction(tier["credit_amount"]):
        return f"{money(tier['credit_amount'])} x {percent(tier['rate'])}", exact
    share = f"{money(line['credit_amount'])} x {number(above)} / {number(below)}"
    return f"{share} x {percent(tier['rate'])}", exact


def slice_share(line: Row | None, tier: Row) -> tuple[Decimal | None, Decimal | None]:
    """Which part of the line's credit a slice is: so much of so much; None where nothing says."""
    if line is None or tier.get("basis_from") is None:
        return None, None
    return tier["basis_to"] - tier["basis_from"], line["basis_width"]


def credits_of(line: Row) -> list[dict[str, Any]]:
    """The credits of the line: kind, percent, amount, rate of exchange, amount in plan currency."""
    found = []
    for text in (line["credits"] or "").split("|"):
        if text:
            kind, share, amount, rate, converted = text.split(":")
            found.append(
                {
                    "kind": kind,
                    "percent": Decimal(share),
                    "amount": Decimal(amount),
                    "exchange_rate": Decimal(rate),
                    "plan_amount": Decimal(converted),
                }
            )
    return found


def fraction_of(text: str | None) -> tuple[Decimal, Decimal]:
    """Part and whole of `3.00 of 12.00`."""
    if text is None:
        return Decimal(1), Decimal(1)
    part, _, whole = text.partition(" of ")
    return Decimal(part), Decimal(whole)


def money(amount: Decimal) -> str:
    """1,234.50"""
    return f"{amount:,.2f}"


def number(value: Decimal) -> str:
    """A figure without needless zeros, at least as money where it has cents."""
    plain = value.normalize()
    if plain.as_tuple().exponent >= -2:
        return money(value)
    return f"{plain:,f}"


def percent(share: Decimal) -> str:
    """8 % for 0.08."""
    return f"{_plain(share * 100)} %"


def _credit(line: Row) -> Iterator[Step]:
    credits = credits_of(line)
    if not credits:
        return
    digits = line["minor_unit_digits"]
    computed = sum(
        (rounded(Fraction(c["amount"]) * Fraction(c["exchange_rate"]), digits) for c in credits),
        Decimal("0.00"),
    )
    is_converted = line["deal_currency"] not in (None, line["currency"])
    text = " + ".join(_converted(c["amount"], c["exchange_rate"], is_converted) for c in credits)
    if len(credits) == 1:
        formula = _round("{deal_credit}*{exchange_rate}", digits)
    else:
        formula = "+".join(_round(f"{c['amount']}*{{exchange_rate}}", digits) for c in credits)
    yield Step("credit", text, line["credit_amount"], computed, formula)


def _inherited(line: Row, origin: Row) -> Iterator[Step]:
    """A reversal takes its part of every step: what is reversed to date less what was before."""
    whole, digits = Fraction(line["reversed_event_amount"]), line["minor_unit_digits"]
    for name, column in _INHERITED:
        amount = origin[column]
        shares = [
            rounded(Fraction(amount) * Fraction(line[reversed_amount]) / whole, digits)
            for reversed_amount in ("reversed_before", "reversed_to_date")
        ]
        texts, formulas = [], []
        for reversed_amount in ("reversed_before", "reversed_to_date"):
            part = line[reversed_amount]
            of_whole = line["reversed_event_amount"]
            texts.append(f"{money(amount)} x {money(part)} / {money(of_whole)}")
            formulas.append(_round(f"{amount}*{part}/{of_whole}", digits))
        has_before = bool(line["reversed_before"])
        text = f"{texts[0]} - {texts[1]}" if has_before else f"-({texts[1]})"
        yield Step(name, text, line[column], shares[0] - shares[1], f"{formulas[0]}-{formulas[1]}")


def _gross(line: Row, slices: Sequence[Row]) -> Step:
    amount, digits = line["gross_amount"], line["minor_unit_digits"]
    if line["event_key"] is None:
        return Step("gross", "no event pays it", amount, Decimal("0.00"), "0")
    mode = line["mode"]
    if mode in SLICED:
        texts, exact = [], Fraction(0)
        for tier in slices:
            text, value = slice_text(line, tier)
            texts.append(text)
            exact += value or 0
        text = " + ".join(texts) or "no rate is paid for any of the credit"
        formula = _round("{slices}", digits) if slices else "0"
        return Step("gross", text, amount, rounded(exact, digits), formula)
    text, exact, formula = _piece(line, line["basis_from"], line["basis_to"], "gross")
    if exact is None:
        return Step("gross", text, amount, None)
    return Step("gross", text, amount, rounded(exact, digits), _round(formula, digits))


def _piece(
    line: Row, low: Decimal | None, high: Decimal | None, point: str
) -> tuple[str, Fraction | None, str]:
    """What is paid by the piece, at once, or along a curve, from one place of the window on."""
    mode, amount = line["mode"], line["component_amount"]
    share = sum((c["percent"] for c in credits_of(line)), Decimal(0))
    if mode == "fixed":
        fixed = -amount if line["credit_amount"] < 0 else amount
        return (
            f"{money(fixed)} x {percent(share)}",
            Fraction(fixed) * Fraction(share),
            f"{fixed}*{share}",
        )
    if mode == "per_unit":
        size = line["unit_size"]
        if line["is_pro_rata"]:
            units = high - low
            return (
                f"{money(amount)} x {number(units)} / {number(size)} x {percent(share)}",
                Fraction(amount) * Fraction(units) / Fraction(size) * Fraction(share),
                f"{amount}*{units}/{size}*{share}",
            )
        # A window that stands below zero has completed no block.
        blocks = int(Fraction(high) / Fraction(size)) - int(Fraction(low) / Fraction(size))
        return (
            f"{blocks} complete blocks of {number(size)} from {number(low)} to {number(high)}"
            f" x {money(amount)} x {percent(share)}",
            blocks * Fraction(amount) * Fraction(share),
            f"{blocks}*{amount}*{share}",
        )
    if mode == "interpolated" and line["curve_points"]:
        return _curve(line, point)
    return f"no arithmetic is known for {mode}", None, ""


def _curve(line: Row, point: str) -> tuple[str, Fraction | None, str]:
    points = {}
    for text in line["curve_points"].split("|"):
        name, start, rise, run, width = text.split(":")
        points[name] = tuple(Decimal(figure) for figure in (start, rise, run, width))
    if not {f"{point}_from", f"{point}_to"} <= points.keys():
        return "the curve is not read", Fraction(0), "0"
    texts, exact, formulas = [], [], []
    for end in ("to", "from"):
        start, rise, run, width = points[f"{point}_{end}"]
        exact.append(Fraction(start) + Fraction(rise) * Fraction(run) / Fraction(width))
        texts.append(f"({money(start)} + {money(rise)} x {_plain(run)} / {_plain(width)})")
        formulas.append(f"({start}+{rise}*{run}/{width})")
    value, text = exact[0] - exact[1], " - ".join(texts)
    formula = "-".join(formulas)
    if line["evaluation"] == "per_event":
        value *= Fraction(line["credit_amount"]) / Fraction(line["basis_width"])
        text = f"({text}) x {money(line['credit_amount'])} / {number(line['basis_width'])}"
        formula = f"({formula})*{{credit}}/{line['basis_width']}"
    return text, value, formula


def _cliff(line: Row, slices: Sequence[Row]) -> Step:
    amount, digits = line["after_cliff_amount"], line["minor_unit_digits"]
    if line["event_key"] is None or line["cliff_from"] is None:
        return Step("after_cliff", "no cliff", amount, line["gross_amount"], "{gross}")
    stands = f"{_where(line['basis_total'])} of {_where(line['cliff_threshold'])}"
    if line["tier_basis"] == "score":
        # The mean of the window's scores, which is compared without being divided.
        stands = f"a mean score of {_where(line['cliff_from'])} from enough answers"
    if not line["is_cliff_reached"]:
        return Step("after_cliff", f"cliff not reached: {stands}", amount, Decimal("0.00"), "0")
    if line["cliff_mode"] != "threshold":
        text = f"cliff reached: {stands}; paid from the first unit"
        return Step("after_cliff", text, amount, line["gross_amount"], "{gross}")
    start = line["cliff_threshold"]
    text = f"cliff reached: {stands}; paid from the threshold"
    if line["mode"] in SLICED:
        exact, terms = Fraction(0), []
        for tier in slices:
            low, high = max(tier["basis_from"], start), tier["basis_to"]
            paid = max(high - low, Decimal(0))
            share = Fraction(paid) / Fraction(line["basis_width"])
            exact += Fraction(line["credit_amount"]) * share * Fraction(tier["rate"])
            terms.append(f"{{credit}}*{paid}/{line['basis_width']}*{tier['rate']}")
        formula = _round("+".join(terms) or "0", digits)
        return Step("after_cliff", text, amount, rounded(exact, digits), formula)
    low, high = max(line["basis_from"], start), max(line["basis_to"], start)
    how, exact, formula = _piece(line, low, high, "paid")
    if exact is None:
        return Step("after_cliff", how, amount, None)
    return Step(
        "after_cliff", f"{text}: {how}", amount, rounded(exact, digits), _round(formula, digits)
    )


def _floor(line: Row, window_amount: Decimal | None) -> Step:
    amount = line["after_floor_amount"]
    if line["event_key"] is not None:
        return Step(
            "after_floor",
            "no line of the window",
            amount,
            line["after_cliff_amount"],
            "{after_cliff}",
        )
    if line["floor_amount"] is None or window_amount is None:
        return Step("after_floor", "no arithmetic is known for pay of the window", amount, None)
    text = f"least pay {money(line['floor_amount'])} - {money(window_amount)} that the window pays"
    formula = f"{line['floor_amount']}-{window_amount}"
    return Step("after_floor", text, amount, line["floor_amount"] - window_amount, formula)


def _capped(line: Row) -> Step:
    rooms = _rooms(line)
    amount = line["capped_amount"]
    if not rooms:
        return Step("capped", "no cap", amount, line["after_floor_amount"], "{after_floor}")
    text = f"least of {money(line['after_floor_amount'])} and the room under the caps: "
    text += ", ".join(money(room) for room in rooms)
    formula = f"MIN({{after_floor}},{','.join(str(room) for room in rooms)})"
    before = line["after_floor_amount"]
    if before < 0 and not all(rooms) and before <= amount <= 0:
        # What comes off a total that runs over its cap costs nothing, as far as it runs over; how
        # far that is, no room says.
        return Step("capped", f"{text}; what ran over is not taken back", amount, None)
    return Step("capped", text, amount, min(before, *rooms), formula)


def _rooms(line: Row) -> list[Decimal]:
    return [Decimal(room) for room in (line["rooms"] or "").split("|") if room]


def _shares(line: Row) -> Iterator[Step]:
    """What is left after clawback, and what of it may be paid: each one division from the line."""
    digits = line["minor_unit_digits"]
    kept, whole = fraction_of(line["retained_fraction"])
    freed, due = fraction_of(line["released_fraction"])
    base, cell = line["capped_amount"], "{capped}"
    share = f"x {money(kept)} / {money(whole)}"
    retained = Fraction(base) * Fraction(kept) / Fraction(whole)
    text, formula = f"{money(base)} {share}", _round(f"{cell}*{kept}/{whole}", digits)
    if line["is_cap_refundable"] and kept != whole:
        # What was clawed back leaves the line before the caps, so that it frees room.
        base = rounded(
            Fraction(line["after_floor_amount"]) * Fraction(kept) / Fraction(whole), digits
        )
        base = min([base, *_rooms(line)])
        retained = Fraction(base)
        text = f"{money(line['after_floor_amount'])} {share}, before the caps"
        formula = _round(f"{{after_floor}}*{kept}/{whole}", digits)
        if rooms := _rooms(line):
            formula = f"MIN({formula},{','.join(str(room) for room in rooms)})"
        share = ""
        cell, kept_cell = "{retained}", ""
    else:
        kept_cell = f"*{kept}/{whole}"
    if kept == whole:
        text, share = "nothing is taken back", ""
    yield Step("retained", text, line["retained_amount"], rounded(retained, digits), formula)
    released = retained * Fraction(freed) / Fraction(due)
    text = " ".join(filter(None, [money(base), share, f"x {money(freed)} / {money(due)}"]))
    if freed == due:
        text = "nothing waits"
    formula = _round(f"{cell}{kept_cell}*{freed}/{due}", digits)
    yield Step("released", text, line["released_amount"], rounded(released, digits), formula)


def _converted(amount: Decimal, rate: Decimal, is_converted: bool) -> str:
    return f"{money(amount)} x {_plain(rate)}" if is_converted else money(amount)


def _in_brackets(text: str, is_converted: bool) -> str:
    return f"({text})" if is_converted else text


def _where(value: Decimal | None) -> str:
    return "nothing" if value is None else number(value)


def _plain(value: Decimal) -> str:
    plain = value.normalize()
    return f"{plain:f}"


def _round(expression: str, digits: int) -> str:
    """Rounded in a spreadsheet; first to eight digits, because its figures are binary."""
    return f"ROUND(ROUND({expression},8),{digits})"
