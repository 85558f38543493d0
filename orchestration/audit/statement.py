"""A payee's statement for a month: what was posted, why, and what of it is paid.

A closed month is told from the ledger alone, an open one also from what is pending in the
published version. Arithmetic is shown for what the published version still computes as it did when
it was posted; of the rest the ledger knows the amount, the reason and the tier slices.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from orchestration.audit.arithmetic import Row, Step, line_steps, pay_steps
from orchestration.audit.lines import (
    AuditError,
    Records,
    differs_since,
    records,
)
from orchestration.ledger import period_text
from orchestration.ledger.book import INTERIM, OPENING
from orchestration.ledger.opening import first_period_of
from orchestration.ledger.periods import last_day
from orchestration.ledger.postings import PARTS
from orchestration.settings import Settings

ZERO = Decimal("0.00")
# The open month's run: what is pending, as if the month were closed by now.
PENDING = "pending"
_BY_HAND = {
    "adjustment": "approved by hand",
    "advance": "paid ahead by a draw",
    "recovery": "pays a draw back",
}
_KEY = ("component_code", "basis_key", "part", "earning_period_start", "currency")


@dataclass(frozen=True)
class Computed:
    """A line that is published as it was when it was posted: its row, slices and steps."""

    row: Row
    slices: Sequence[Row]
    steps: Sequence[Step]
    parts: Sequence[Step]


@dataclass(frozen=True)
class Posting:
    """One posted key, or one that is pending; `run` is the close's number, or `pending`.

    `due_amount` is what should be posted in all, `before_amount` what was posted by earlier closes.
    """

    run: int | str
    line_id: str
    component_code: str
    basis_key: str
    part: str
    earning_period_start: date
    currency: str
    due_amount: Decimal
    before_amount: Decimal
    amount: Decimal
    reason: str
    changed: str | None
    computed: Computed | None
    kept_slices: Sequence[Row] = ()

    @property
    def is_final(self) -> bool:
        """Whether a close has posted it."""
        return self.run != PENDING

    @property
    def how(self) -> list[str]:
        """Its arithmetic in words; steps that change nothing are left out."""
        if self.part in _BY_HAND:
            return [f"{_BY_HAND[self.part]}: {self.basis_key}"]
        if self.computed is None:
            return ["as posted; the published version computes it otherwise now, or no more"]
        texts = []
        before = None
        for step in self.computed.steps:
            if step.name == "gross" or (step.amount != before and before is not None):
                texts.append(f"{step.name.replace('_', ' ')}: {step.text} = {step.amount:,.2f}")
            if step.name != "credit":
                before = step.amount
        part = next(step for step in self.computed.parts if step.name == self.part)
        texts.append(f"{self.part}: {part.text} = {part.amount:,.2f}")
        if self.before_amount:
            texts.append(
                f"less posted before: {self.due_amount:,.2f} - {self.before_amount:,.2f} = "
                f"{self.amount:,.2f}".replace("- -", "+ ")
            )
        return texts


@dataclass(frozen=True)
class Run:
    """One pay run of the month, in one currency: from carried in to carried out."""

    run: int | str
    kind: str
    currency: str
    carried_in: Decimal
    sums: dict[str, Decimal]
    payable: Decimal
    carried_out: Decimal


@dataclass(frozen=True)
class Statement:
    """What a payee is told of a month; `is_final` where the month is closed."""

    payee_id: str
    payee_name: str | None
    period: date
    is_final: bool
    runs: Sequence[Run]
    postings: Sequence[Posting]
    head_hash: str | None
    notes: Sequence[str] = field(default=())

    @property
    def who(self) -> str:
        """The name where there is one, else the opaque id."""
        return f"{self.payee_name} ({self.payee_id})" if self.payee_name else self.payee_id

    @property
    def currencies(self) -> list[str]:
        """Currencies of pay in which something is posted, pending or carried."""
        return sorted({run.currency for run in self.runs})

    def of(self, currency: str) -> list[Run]:
        """The runs in one currency, in order; what is pending comes last."""
        return [run for run in self.runs if run.currency == currency]


def made(settings: Settings, payee_id: str, period: date) -> Statement:
    """The statement of a payee for a posting month.

    Raises:
        AuditError: nobody of that id has pay, the month is not begun, or nothing is published.
        LedgerError: the ledger cannot be read.
    """
    name = payee_name(settings, payee_id)
    with records(settings) as known:
        _refuse_unknown(known, payee_id)
        is_final = _is_closed(settings, known, period)
        notes = []
        posted = known.rows(
            "select * from ledger_lines where payee_id = ? and sequence > 0"
            " and posting_period_start <= ? order by sequence",
            payee_id,
            period,
        )
        opened = known.rows(
            "select * from ledger_lines where payee_id = ? and sequence = 0", payee_id
        )
        pending = [] if is_final else _pending(known, payee_id, period)
        if not is_final:
            notes.append(
                f"{period_text(period)} is open. What is pending is not final: it may change with "
                "every build, and is posted when the month is closed."
            )
        postings = _postings(known, posted, opened, pending, period)
        runs = _runs(known, posted, pending, period)
        return Statement(
            payee_id, name, period, is_final, runs, postings, known.book.head_hash, tuple(notes)
        )


def payee_name(settings: Settings, payee_id: str) -> str | None:
    """The name in the payroll map; None where there is no map or it does not know the payee.

    Raises:
        AuditError: the map is none.
    """
    path = settings.payroll_map_path
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if not {"payee_id", "payee_name"} <= set(rows.fieldnames or ()):
                raise AuditError(f"{path} has no columns payee_id and payee_name.")
            for row in rows:
                if (row["payee_id"] or "").strip() == payee_id:
                    return (row["payee_name"] or "").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AuditError(f"The payroll map {path} cannot be read ({error}).") from error
    return None


def _refuse_unknown(known: Records, payee_id: str) -> None:
    payees = [
        row["payee_id"]
        for row in known.rows(
            "select payee_id from ledger_lines union "
            "select payee_id from version.main.fct_payout_entitlements union "
            "select payee_id from version.main.fct_pending_postings order by 1"
        )
    ]
    if payee_id not in payees:
        near = get_close_matches(payee_id, payees, 3, 0.5) or payees[:3]
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise AuditError(
            f"Nobody with the id '{payee_id}' has pay, posted or pending. Give the payee's id as "
            f"in seeds/compensation/payees.csv.{hint}"
        )


def _is_closed(settings: Settings, known: Records, period: date) -> bool:
    """Whether the month is closed.

    Raises:
        AuditError: it is before the ledger or after its open month.
    """
    book = known.book
    dbt_vars = known.version.manifest["vars"]
    first = book.first_period or first_period_of(settings, dbt_vars)
    opened = book.open_period or first
    if first is None or opened is None:
        raise AuditError("There is no plan, so there is no month with pay.")
    if period < first:
        raise AuditError(
            f"{period_text(period)} is before {period_text(first)}, with which the ledger begins: "
            "what was earned earlier counts as paid."
        )
    if period > opened:
        raise AuditError(
            f"{period_text(period)} is not begun: the open month is {period_text(opened)}."
        )
    return period < opened


def _pending(known: Records, payee_id: str, period: date) -> list[Row]:
    manifest = known.version.manifest
    if manifest["ledger_head"] != known.book.head_hash or manifest["cutoff_on"] != str(
        last_day(period)
    ):
        raise AuditError(
            f"The published version {known.version.name} does not say what is pending for "
            f"{period_text(period)}: it was built before the latest close, or counts up to another "
            "day. Run `quotamart build`."
        )
    return known.rows(
        "select * from version.main.fct_pending_postings"
        " where payee_id = ? and posting_period_start = ? and pending_amount <> 0"
        " and not is_blocked order by line_id, part",
        payee_id,
        period,
    )


def _postings(
    known: Records,
    posted: Sequence[Row],
    opened: Sequence[Row],
    pending: Sequence[Row],
    period: date,
) -> list[Posting]:
    due: dict[tuple[object, ...], Decimal] = {}
    for row in opened:
        due[_key(row)] = due.get(_key(row), ZERO) + row["amount"]
    ids = sorted({row["line_id"] for row in (*posted, *pending)})
    lines, slices = known.computed(ids), known.slices(ids)
    entitled: dict[str, dict[str, Decimal]] = {}
    for row in known.rows(
        "select line_id, part, amount, frozen_because from version.main.fct_payout_entitlements"
        " where line_id in (select unnest(?))",
        ids,
    ):
        if not row["frozen_because"]:
            entitled.setdefault(row["line_id"], {})[row["part"]] = row["amount"]
    computed: dict[str, Computed] = {}

    def as_published(line_id: str) -> Computed | None:
        if line_id not in lines:
            return None
        if line_id not in computed:
            row = lines[line_id]
            steps = line_steps(
                row, slices.get(line_id, []), known.origin(row), known.window_amount(row)
            )
            parts = pay_steps(row, entitled.get(line_id, {}))
            computed[line_id] = Computed(row, slices.get(line_id, []), steps, parts)
        return computed[line_id]

    kept: dict[int, dict[str, list[Row]]] = {}
    found = []
    for row in posted:
        before = due.get(_key(row), ZERO)
        due[_key(row)] = before + row["amount"]
        if row["posting_period_start"] != period:
            continue
        line_id, sequence = row["line_id"], row["sequence"]
        line = as_published(line_id)
        if line and (
            differs_since(line.row, row) or not _gives(line, row["part"], before + row["amount"])
        ):
            line = None
        if sequence not in kept:
            kept[sequence] = known.kept_slices(sequence, ids)
        found.append(
            _posting(sequence, row, before, row["amount"], line, kept[sequence].get(line_id, []))
        )
    for row in pending:
        line = as_published(row["line_id"])
        if line and not _gives(line, row["part"], row["entitlement_amount"]):
            line = None
        found.append(
            _posting(
                PENDING,
                row,
                row["posted_amount"],
                row["pending_amount"],
                line,
                slices.get(row["line_id"], []),
            )
        )
    return found


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in _KEY)


def _gives(line: Computed, part: str, due: Decimal) -> bool:
    """Whether every step comes out, and the part is what was posted of it in all."""
    steps = (*line.steps, *line.parts)
    return all(step.computed == step.amount for step in line.steps) and any(
        step.name == part and step.computed == due for step in steps
    )


def _posting(
    run: int | str,
    row: Row,
    before: Decimal,
    amount: Decimal,
    line: Computed | None,
    kept: Sequence[Row],
) -> Posting:
    return Posting(
        run,
        row["line_id"],
        row["component_code"],
        row["basis_key"],
        row["part"],
        row["earning_period_start"],
        row["currency"],
        before + amount,
        before,
        amount,
        row["reason"],
        row["changed"],
        line,
        kept,
    )


def _runs(known: Records, posted: Sequence[Row], pending: Sequence[Row], period: date) -> list[Run]:
    """Every run of the month: what earlier ones left owing is taken off, what is left is paid."""
    runs = [
        (file.sequence, file.kind, file.period_start)
        for file in known.book.files
        if file.kind != OPENING and file.period_start <= period
    ]
    if not any(kind != INTERIM and start == period for _, kind, start in runs):
        runs.append((PENDING, "not final", period))
    found = []
    currencies = sorted({row["currency"] for row in (*posted, *pending)})
    for currency in currencies:
        carried = ZERO
        has_begun = False
        for run, kind, start in runs:
            rows = (
                [
                    (row["part"], row["pending_amount"])
                    for row in pending
                    if row["currency"] == currency
                ]
                if run == PENDING
                else [
                    (row["part"], row["amount"])
                    for row in posted
                    if row["currency"] == currency and row["sequence"] == run
                ]
            )
            has_begun = has_begun or bool(rows)
            sums = {part: _sum(amount for name, amount in rows if name == part) for part in PARTS}
            stands = carried + _sum(sums.values())
            if start == period and (rows or carried or kind != INTERIM) and has_begun:
                found.append(
                    Run(run, kind, currency, carried, sums, max(ZERO, stands), min(ZERO, stands))
                )
            carried = min(ZERO, stands)
    return found


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
