"""Draws, and what is paid out of what is posted.

Here belong steps 11 and 12 of incentives.md section 6, and the payable identity of section 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .conversion import digits_of
from .entitlements import Entitlement, Entitlements, Fingerprints, Key
from .money import NOTHING, product, rounded, total
from .periods import holds
from .rows import Draw
from .rules import Rules

DRAW = "draw"


class DrawSettlement(NamedTuple):
    """What a draw adds to a period and takes back; both as positive amounts."""

    advance: Decimal
    recovery: Decimal


def settled(draw: Draw, base: Decimal, balance: Decimal) -> DrawSettlement:
    """A draw for one period, on what posts then to the components that it covers.

    advance = greatest(0, draw - greatest(base, 0)); recovery = least(balance, greatest(0, base -
    draw) x recovery rate), of recoverable draws only. The balance is what was advanced before
    and not recovered.
    """
    advance = max(NOTHING, draw.amount - max(base, NOTHING))
    if not draw.is_recoverable:
        return DrawSettlement(advance, NOTHING)
    exceeding = max(NOTHING, base - draw.amount)
    wanted = rounded(product(exceeding, draw.recovery_rate), digits_of(draw.currency))
    return DrawSettlement(advance, min(balance, wanted))


def draw_key(draw: Draw, period: date, part: str) -> Key:
    """The ledger's key of a draw's part; it is of no component."""
    basis_key = f"draw:{draw.draw_id}:{period}"
    return Key(draw.payee_id, DRAW, basis_key, part, period, draw.currency)


def draw_entitlements(
    rules: Rules,
    period: date,
    pending: Mapping[Key, Decimal],
    posted: Mapping[Key, Decimal],
) -> Entitlements:
    """What draws entitle to in a period that is closed, settled once: a recovery is negative.

    Settled keys are frozen: what is posted on them is what they entitle to. Who has left before
    the period is advanced nothing.
    """
    found: Entitlements = {
        key: Entitlement(amount, Fingerprints())
        for key, amount in posted.items()
        if key.part in ("advance", "recovery")
    }
    for draw in rules.rows.draws:
        keys = [draw_key(draw, period, part) for part in ("advance", "recovery")]
        if not holds(draw.valid_from, draw.valid_to, period) or any(key in posted for key in keys):
            continue
        covered = {row.component_code for row in rules.draw_components.get((draw.draw_id,), ())}
        base = total(
            amount
            for key, amount in pending.items()
            if key.payee_id == draw.payee_id
            and key.component_code in covered
            and key.currency == draw.currency
        )
        left_on = rules.payees[draw.payee_id].left_on
        is_there = left_on is None or left_on > period
        guaranteed = draw if is_there else draw._replace(amount=NOTHING)
        result = settled(guaranteed, base, balance(draw, posted))
        found[keys[0]] = Entitlement(result.advance)
        found[keys[1]] = Entitlement(-result.recovery)
    return found


def balance(draw: Draw, posted: Mapping[Key, Decimal]) -> Decimal:
    """What of a draw was advanced and is not recovered, by the ledger."""
    return total(
        amount
        for key, amount in posted.items()
        if key.component_code == DRAW and key.basis_key.split(":")[1] == draw.draw_id
    )


class Payable(NamedTuple):
    """What a payee is paid in a currency for a posting period."""

    carried_in: Decimal
    earned: Decimal
    clawback: Decimal
    adjustments: Decimal
    advances: Decimal
    recoveries: Decimal
    change_in_held: Decimal
    payable: Decimal
    carried_out: Decimal


def payable(carried_in: Decimal, postings: Iterable[tuple[Key, Decimal]]) -> Payable:
    """carried in + earned + clawback + adjustments + advances - recoveries - change in held
    = payable + carried out; payable is never below 0, what is carried out never above.
    """
    parts = dict.fromkeys(
        ("earned", "clawback", "adjustment", "advance", "recovery", "held"), NOTHING
    )
    for key, amount in postings:
        parts[key.part] += amount
    due = carried_in + sum(parts.values(), NOTHING)
    return Payable(
        carried_in,
        parts["earned"],
        parts["clawback"],
        parts["adjustment"],
        parts["advance"],
        -parts["recovery"],
        -parts["held"],
        max(NOTHING, due),
        min(NOTHING, due),
    )
