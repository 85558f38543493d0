"""Renewals and churns a second time, contract by contract and movement by movement.

Here belongs what fct_renewals, fct_renewal_rates_by_month and fct_churns must say. A term falls
due on the first day without service. Contracts are compared by their value a year, each
converted and rounded for itself at the rate of the month in which the term fell due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .contracts import acv
from .known import Cancellation, Known, Payment, total
from .mrr import (
    NOTHING,
    UNKNOWN,
    BilledPeriod,
    Contract,
    Movement,
    MovementItem,
    SubscriptionItem,
    add_months,
    annualised_amounts,
    discounts_in_use,
    holds,
    periods_of,
    ratio,
)
from .surveys import NpsHistory


class Renewal(NamedTuple):
    """One row of fct_renewals."""

    contract_id: str
    successor_contract_id: str | None
    customer_id: str
    due_on: date
    due_month_start: date
    outcome: str
    renewal_method: str | None
    renewal_timing: str | None
    renewed_on: date | None
    days_late: int | None
    is_auto_renewal: bool
    is_terminated: bool
    currency: str
    acv_before_amount: Decimal
    after_currency: str | None
    acv_after_amount: Decimal | None
    reporting_acv_before_amount: Decimal
    reporting_acv_after_amount: Decimal | None
    nps_score: Decimal | None
    nps_group: str | None
    nps_answered_on: date | None


class RenewalRates(NamedTuple):
    """One row of fct_renewal_rates_by_month."""

    slice: str
    slice_value: str
    month_start: date
    due_count: int
    decided_count: int
    renewed_count: int
    late_count: int
    lapsed_count: int
    pending_count: int
    reporting_acv_due_amount: Decimal
    reporting_acv_renewed_amount: Decimal
    reporting_acv_after_amount: Decimal
    renewal_rate_by_count: Decimal | None
    renewal_rate_by_amount: Decimal | None
    net_renewal_rate_by_amount: Decimal | None
    is_partial: bool


class Churn(NamedTuple):
    """One row of fct_churns."""

    customer_id: str
    currency: str
    occurred_on: date
    month_start: date
    lost_mrr_amount: Decimal
    reporting_lost_mrr_amount: Decimal
    first_mrr_on: date
    tenure_months: int
    churn_kind: str
    churn_reason: str | None
    nps_score: Decimal | None
    nps_group: str | None
    nps_answered_on: date | None
    is_returned: bool
    returned_on: date | None


# -- renewals --------------------------------------------------------------------------

RENEWED = ("renewed", "expanded", "contracted")


def billed_under(known: Known, day: date) -> dict[str, list[tuple[str, Decimal]]]:
    """What counts as MRR on a day, a year, by contract: (currency, amount) of each item."""
    settings, inputs = known.settings, known.inputs
    discounts = discounts_in_use(inputs.subscription_discounts, settings.mrr_discounts)
    subscriptions: dict[str, list[BilledPeriod]] = defaultdict(list)
    for period in periods_of(inputs, settings):
        if holds(period.valid_from, period.valid_to, day):
            subscriptions[period.subscription_id].append(period)
    found = defaultdict(list)
    for subscription_id, periods in subscriptions.items():
        given = [row for row in discounts if row.subscription_id == subscription_id]
        amounts = annualised_amounts(periods, given, day)
        for period in periods:
            if period.contract_id is not None:
                amount = amounts[period.subscription_item_id]
                found[period.contract_id].append((period.currency, amount))
    return found


def successors_of(known: Known) -> Callable[[Contract], list[Contract]]:
    """Looks up the contracts that name one as what they renew, and begin later."""
    naming = defaultdict(list)
    for row in known.inputs.contracts:
        if row.status != "draft":
            naming[row.previous_contract_id].append(row)

    def successors(contract: Contract) -> list[Contract]:
        return [
            row
            for row in naming[contract.contract_id]
            if row.service_start_on > contract.service_start_on
        ]

    return successors


def renewals(known: Known, nps: NpsHistory) -> list[Renewal]:
    """All rows of fct_renewals."""
    in_force = [row for row in known.inputs.contracts if row.status != "draft"]
    successors = successors_of(known)
    billed_on: dict[date, dict[str, list[tuple[str, Decimal]]]] = {}
    rows = []
    for contract in in_force:
        due_on = contract.service_end_on
        if due_on > known.settings.as_of_on:
            continue
        if due_on not in billed_on:
            billed_on[due_on] = billed_under(known, due_on)
        billed = billed_on[due_on].get(contract.contract_id, [])
        rows.append(renewal(known, nps, contract, successors(contract), billed))
    return rows


def renewal(
    known: Known,
    nps: NpsHistory,
    contract: Contract,
    successors: Sequence[Contract],
    billed: Sequence[tuple[str, Decimal]],
) -> Renewal:
    """What became of one contract, from what follows it and what is billed under it."""
    due_on = contract.service_end_on
    month_start = due_on.replace(day=1)
    first, renewed_on, method, after = None, None, None, []
    if successors:
        first = min(successors, key=lambda row: (row.service_start_on, row.contract_id))
        renewed_on = min(
            (
                row.signed_on or row.service_start_on
                for row in successors
                if acv(row) > 0 or acv(contract) == 0
            ),
            default=None,
        )
        method, after = "contract", [(row.currency, acv(row)) for row in successors]
    elif contract.is_auto_renewal and not is_terminated_by(contract, due_on):
        renewed_on, method, after = due_on, "auto_renewal", by_currency(billed)

    before = acv(contract)
    reporting_before = known.months.converted(before, contract.currency, month_start)
    reporting_after = total(known.months.converted(row[1], row[0], month_start) for row in after)
    currencies = {row[0] for row in after}
    after_currency = min(currencies) if len(currencies) == 1 else None
    after_amount = total(row[1] for row in after) if after_currency else None
    # What is worth nothing goes on only where it was worth nothing before.
    is_going_on = bool(after) and (any(row[1] for row in after) or before == 0)
    if not is_going_on:
        outcome = unrenewed(known, contract)
        is_pending = outcome == "pending"
        renewed_on, method, after_currency = None, None, None if is_pending else contract.currency
        after_amount = reporting_after = None if is_pending else NOTHING
    elif after_currency == contract.currency:
        outcome = compared(before, after_amount)
    else:
        outcome = compared(reporting_before, reporting_after)
    days_late = max((renewed_on - due_on).days, 0) if renewed_on else None
    customer_id = known.customer_of_account(contract.account_id)
    return Renewal(
        contract.contract_id,
        first.contract_id if first else None,
        customer_id,
        due_on,
        month_start,
        outcome,
        method,
        ("late" if days_late else "on_time") if method else None,
        renewed_on,
        days_late,
        bool(contract.is_auto_renewal),
        contract.status == "terminated",
        contract.currency,
        before,
        after_currency,
        after_amount,
        reporting_before,
        reporting_after,
        *nps.told_before(customer_id, min(due_on, renewed_on or due_on)),
    )


def is_terminated_by(contract: Contract, day: date) -> bool:
    """Whether a contract was terminated by a day; where nobody knows when, it was."""
    if contract.status != "terminated":
        return False
    return contract.terminated_on is None or contract.terminated_on <= day


def by_currency(billed: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """What is billed, summed in each currency."""
    sums: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for currency, amount in billed:
        sums[currency] += amount
    return list(sums.items())


def compared(before: Decimal, after: Decimal) -> str:
    """What a term that goes on is, by its value before and after."""
    if after == before:
        return "renewed"
    return "expanded" if after > before else "contracted"


def unrenewed(known: Known, contract: Contract) -> str:
    """Lapsed, or pending while a renewal may still come."""
    grace = timedelta(days=known.settings.renewal_grace_days)
    if contract.status == "terminated":
        return "lapsed"
    return "pending" if contract.service_end_on + grace > known.settings.as_of_on else "lapsed"


def renewal_rates(known: Known, rows: Iterable[Renewal]) -> list[RenewalRates]:
    """All rows of fct_renewal_rates_by_month."""
    groups = defaultdict(list)
    for row in rows:
        attributes = known.described_as(row.customer_id)
        for key in (
            ("total", "all"),
            *((name, attributes[name]) for name in ("segment", "country", "owner")),
            ("nps_group", row.nps_group or "none"),
        ):
            groups[*key, row.due_month_start].append(row)
    return [rates(known, key, group) for key, group in groups.items()]


def rates(known: Known, key: tuple[str, str, date], group: Sequence[Renewal]) -> RenewalRates:
    """The row of one slice and month."""
    renewed = [row for row in group if row.outcome in RENEWED]
    lapsed = [row for row in group if row.outcome == "lapsed"]
    decided = [*renewed, *lapsed]
    due = total(row.reporting_acv_before_amount for row in decided)
    after = total(row.reporting_acv_after_amount for row in decided)
    kept = total(
        min(row.reporting_acv_before_amount, row.reporting_acv_after_amount) for row in decided
    )
    return RenewalRates(
        *key,
        len(group),
        len(decided),
        len(renewed),
        sum(row.renewal_timing == "late" for row in renewed),
        len(lapsed),
        len(group) - len(decided),
        due,
        kept,
        after,
        ratio(Decimal(len(renewed)), Decimal(len(decided))),
        ratio(kept, due),
        ratio(after, due),
        known.months.is_partial(key[2]),
    )


# -- churns ----------------------------------------------------------------------------


class Churns:
    """Looks up why customers left: cancellations, the state of items, failed payments."""

    def __init__(self, known: Known, nps: NpsHistory) -> None:
        self.known, self.nps = known, nps
        self.cancellations: dict[str, Cancellation] = {
            row.subscription_id: row for row in known.company.cancellations
        }
        self.items: dict[str, list[SubscriptionItem]] = defaultdict(list)
        for row in known.inputs.subscription_items:
            self.items[row.subscription_item_id].append(row)
        self.attempts: dict[str, list[Payment]] = defaultdict(list)
        for row in known.company.payments:
            payer = known.customers.get(row.billing_customer_id, row.billing_customer_id)
            self.attempts[payer or UNKNOWN].append(row)
        self.parts: dict[tuple, list[MovementItem]] = defaultdict(list)
        for part in known.movement_items:
            self.parts[part[:3]].append(part)
        self.returns: dict[str, list[date]] = defaultdict(list)
        for move in known.movements:
            if move.movement_type in ("reactivation", "new"):
                self.returns[move.customer_id].append(move.occurred_on)

    def rows(self) -> list[Churn]:
        """All rows of fct_churns."""
        return [self.row(move) for move in self.known.movements if move.movement_type == "churn"]

    def row(self, move: Movement) -> Churn:
        """The row of one movement."""
        day = move.occurred_on
        first_on = self.known.first_mrr_on[move.customer_id]
        returned_on = min((on for on in self.returns[move.customer_id] if on > day), default=None)
        kind, reason = self.why(move, returned_on)
        return Churn(
            *move[:3],
            day.replace(day=1),
            -move.mrr_amount,
            self.reporting_loss(move),
            first_on,
            whole_months(first_on, day),
            kind,
            reason,
            *self.nps.told_before(move.customer_id, day),
            returned_on is not None,
            returned_on,
        )

    def reporting_loss(self, move: Movement) -> Decimal:
        """What a movement lost, each product converted for itself."""
        lost: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        for part in self.parts[move[:3]]:
            lost[part.product_id] -= part.mrr_amount
        month_start = move.occurred_on.replace(day=1)
        return total(
            self.known.months.converted(amount, move.currency, month_start)
            for amount in lost.values()
        )

    def why(self, move: Movement, returned_on: date | None) -> tuple[str, str | None]:
        """Whether the customer wanted to go, and the reason it gave.

        Of the subscriptions that ended, the largest of which anything is known decides; where
        none is, the last attempt to pay.
        """
        # With days of grace, who is past due when nothing is left has used them up.
        has_grace = self.known.settings.mrr_past_due_grace_days is not None
        unpaid = ("unpaid", "past_due") if has_grace else ("unpaid",)
        lost: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        is_unpaid: dict[str, bool] = defaultdict(bool)
        for part in self.parts[move[:3]]:
            history = self.items[part.subscription_item_id]
            key = history[0].subscription_id
            lost[key] -= part.mrr_amount
            is_unpaid[key] |= any(
                holds(row.valid_from, row.valid_to, move.occurred_on) and row.status in unpaid
                for row in history
            )
        for key in sorted(lost, key=lambda key: (-lost[key], key)):
            said = self.cancellations.get(key)
            if said and returned_on and said.cancelled_on > returned_on:
                said = None
            reason = said.reason if said else None
            if is_unpaid[key] or (said and said.is_payment_failure):
                return "involuntary", reason
            if said and (reason is not None or said.is_payment_failure is False):
                return "voluntary", reason
        return ("involuntary" if self.last_attempt_failed(move) else "unknown"), None

    def last_attempt_failed(self, move: Movement) -> bool:
        """Whether the latest attempt to collect shortly before a day failed."""
        since = move.occurred_on - timedelta(days=self.known.settings.churn_payment_failure_days)
        recent = [
            row
            for row in self.attempts[move.customer_id]
            if since <= row.paid_on <= move.occurred_on
        ]
        latest = max(recent, key=lambda row: (row.paid_at, row.payment_id), default=None)
        return latest is not None and latest.status == "failed"


def whole_months(first_day: date, last_day: date) -> int:
    """Whole months from one day to another, by anniversary."""
    months = (last_day.year - first_day.year) * 12 + last_day.month - first_day.month
    return months - (add_months(first_day, months) > last_day)
