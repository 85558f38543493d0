"""What should be posted by now, by part, in the currency in which a payee is paid.

Here belongs the entitlement of incentives.md section 7, and the fingerprints from which a later
posting tells its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .conversion import Exchange
from .credits import PlanCredit
from .lines import Line
from .periods import month_of
from .rows import PayAdjustment
from .rules import Rules

PARTS = ("earned", "held", "clawback", "adjustment", "advance", "recovery")


class Key(NamedTuple):
    """What the ledger sums by. Tier, rate, version and reason are attributes, never key."""

    payee_id: str
    component_code: str
    basis_key: str
    part: str
    earning_period_start: date
    currency: str


class Fingerprints(NamedTuple):
    """What an amount was computed from, in the order in which a difference is the reason."""

    event: tuple | None = None
    credit: tuple | None = None
    rules: tuple | None = None
    exchange_rate: tuple | None = None
    retained: tuple | None = None
    released: tuple | None = None
    attainment: tuple | None = None


class Entitlement(NamedTuple):
    """What should be posted on a key, and from what that was computed."""

    amount: Decimal
    fingerprints: Fingerprints = Fingerprints()


Entitlements = dict[Key, Entitlement]


def line_parts(line: Line, exchange: Exchange, pay_currency: str) -> dict[str, Decimal]:
    """A line's parts in pay currency, which sum to what of it is released.

    `earned` is the capped amount, `clawback` what of it is not retained, `held` what of the
    retained is not released. Each named amount is converted once, at the rate of the month of
    the event; the parts are the differences, so that they always sum to what is paid.
    """
    plan = line.terms.plan
    day = conversion_day(line)
    rate = exchange.rate(plan.currency, pay_currency, day, plan.rate_type)
    capped, retained, released = (
        exchange.converted(amount, rate, pay_currency)
        for amount in (line.capped_amount, line.retained_amount, line.released_amount)
    )
    return {"earned": capped, "clawback": retained - capped, "held": released - retained}


def conversion_day(line: Line) -> date:
    """The day whose month's rate holds for a line; what is taken back keeps its origin's."""
    return line.rate_day or line.occurred_on


def fingerprints_of(line: Line, pay_rate: Decimal) -> Fingerprints:
    """What a line was computed from."""
    rules = (line.terms.plan, line.terms.component, line.terms.tiers, line.quota_amount)
    kept, released = (line.kept,), (line.released,)
    attained = (line.credit_before, line.credit_to_date, line.reached)
    if line.credit is None:
        return Fingerprints((), (), rules, (pay_rate,), kept, released, attained)
    credit: PlanCredit = line.credit
    credited = (credit.credit_kinds, credit.credit_amount, credit.percent)
    rates = (credit.rate.rate, pay_rate)
    return Fingerprints(credit.event, credited, rules, rates, kept, released, attained)


def entitlements(
    lines: Iterable[Line],
    adjustments: Iterable[PayAdjustment],
    rules: Rules,
    exchange: Exchange,
) -> Entitlements:
    """All entitlements but those of draws, which are settled when a period is closed."""
    found: Entitlements = {}
    for line in lines:
        currency = rules.payees[line.payee_id].pay_currency
        plan = line.terms.plan
        rate = exchange.rate(plan.currency, currency, conversion_day(line), plan.rate_type)
        fingerprints = fingerprints_of(line, rate.rate)
        for part, amount in line_parts(line, exchange, currency).items():
            key = Key(
                line.payee_id,
                line.component_code,
                line.basis_key,
                part,
                line.earning_period_start,
                currency,
            )
            found[key] = Entitlement(amount, fingerprints)
    for row in adjustments:
        key = Key(
            row.payee_id,
            row.component_code,
            f"adjustment:{row.adjustment_id}",
            "adjustment",
            month_of(row.effective_on),
            row.currency,
        )
        found[key] = Entitlement(row.amount, Fingerprints(event=tuple(row)))
    return found
