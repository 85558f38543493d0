"""Renewals and churns a second time, contract by contract and movement by movement.

Here belongs what fct_renewals, fct_renewal_rates_by_month and fct_churns must say. A term falls
due on the first day without service. Contracts are compared by their value a year, each
converted and rounded for itself at the rate of the month in which the term fell due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
    timing: str | None
    days_late: int | None
    currency: str
    acv_before_amount: Decimal
    acv_after_amount: Decimal | None
    after_currency: str | None
    reporting_acv_before_amount: Decimal
    reporting_acv_after_amount: Decimal
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


class Churn(NamedTuple):
    """One row of fct_churns."""

    customer_id: str
    currency: str
    occurred_on: date
    lost_mrr_amount: Decimal
    reporting_lost_mrr_amount: Decimal
    tenure_months: int
    churn_reason: str | None
    churn_kind: str
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


def renewals(known: Known, nps: NpsHistory) -> list[Renewal]:
    """All rows of fct_renewals."""
    signed = [row for row in known.inputs.contracts if row.status != "draft"]
    successors = defaultdict(list)
    for row in signed:
        successors[row.previous_contract_id].append(row)
    billed_on: dict[date, dict[str, list[tuple[str, Decimal]]]] = {}
    rows = []
    for contract in signed:
        due_on = contract.service_end_on
        if due_on is None or due_on > known.settings.as_of_on:
            continue
        if due_on not in billed_on:
            billed_on[due_on] = billed_under(known, due_on)
        billed = billed_on[due_on].get(contract.contract_id, [])
        rows.append(renewal(known, nps, contract, successors[contract.contract_id], billed))
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
    first, method, after = None, None, []
    if successors:
        first = min(successors, key=lambda row: (row.service_start_on, row.contract_id))
        method, after = "contract", [(row.currency, acv(row)) for row in successors]
    elif contract.is_auto_renewal and billed and contract.status != "terminated":
        method, after = "auto_renewal", list(billed)

    before = acv(contract)
    reporting_before = known.months.converted(before, contract.currency, month_start)
    reporting_after = total(known.months.converted(row[1], row[0], month_start) for row in after)
    currencies = {row[0] for row in after}
    one_currency = currencies.pop() if len(currencies) == 1 else None
    after_amount = total(row[1] for row in after) if one_currency else None
    timing, days_late = timeliness(method, first, due_on)
    answer = nps.latest_before(known.customer_of_account(contract.account_id), due_on)
    if one_currency == contract.currency:
        judged = (before, after_amount)
    else:
        judged = (reporting_before, reporting_after)
    return Renewal(
        contract.contract_id,
        first.contract_id if first else None,
        known.customer_of_account(contract.account_id),
        due_on,
        month_start,
        outcome(*judged) if method else unrenewed(known, contract),
        method,
        timing,
        days_late,
        contract.currency,
        before,
        after_amount if method else NOTHING,
        one_currency if method else contract.currency,
        reporting_before,
        reporting_after,
        *(
            (answer.score, answer.nps_group, answer.response.responded_on)
            if answer
            else (None, None, None)
        ),
    )


def outcome(before: Decimal, after: Decimal) -> str:
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


def timeliness(
    method: str | None, first: Contract | None, due_on: date
) -> tuple[str | None, int | None]:
    """On time or late, and by how many days."""
    if method is None:
        return None, None
    if first is None:
        return "on_time", 0
    days_late = ((first.signed_on or first.service_start_on) - due_on).days
    return ("late", days_late) if days_late > 0 else ("on_time", 0)


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
    return [rates(key, group) for key, group in groups.items()]


def rates(key: tuple[str, str, date], group: Sequence[Renewal]) -> RenewalRates:
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
        sum(row.timing == "late" for row in renewed),
        len(lapsed),
        len(group) - len(decided),
        due,
        kept,
        after,
        ratio(Decimal(len(renewed)), Decimal(len(decided))),
        ratio(kept, due),
        ratio(after, due),
    )


# -- churns ----------------------------------------------------------------------------


class Churns:
    """Looks up why customers left: cancellations, the state of items, failed payments."""

    def __init__(self, known: Known, nps: NpsHistory) -> None:
        self.known, self.nps = known, nps
        self.subscription_of = {
            row.subscription_item_id: row.subscription_id
            for row in (*known.inputs.subscription_items, *known.inputs.invoice_lines)
        }
        self.cancellations: dict[str, Cancellation] = {
            row.subscription_id: row for row in known.company.cancellations
        }
        self.attempts: dict[str, list[Payment]] = defaultdict(list)
        for row in known.company.payments:
            payer = known.customers.get(row.billing_customer_id, row.billing_customer_id)
            self.attempts[payer or UNKNOWN].append(row)

    def rows(self) -> list[Churn]:
        """All rows of fct_churns."""
        return [self.row(move) for move in self.known.movements if move.movement_type == "churn"]

    def row(self, move: Movement) -> Churn:
        """The row of one movement."""
        known, day = self.known, move.occurred_on
        first_on = known.first_mrr_on[move.customer_id]
        answer = self.nps.latest_before(move.customer_id, day)
        cancellation = self.cancellation_of(move)
        returned = [
            other.occurred_on
            for other in known.movements
            if other.customer_id == move.customer_id
            and other.occurred_on > day
            and other.movement_type in ("reactivation", "new")
        ]
        return Churn(
            *move[:3],
            -move.mrr_amount,
            self.reporting_loss(move),
            whole_months(first_on, day),
            cancellation.reason if cancellation else None,
            self.kind(move, cancellation),
            *(
                (answer.score, answer.nps_group, answer.response.responded_on)
                if answer
                else (None, None, None)
            ),
            bool(returned),
            min(returned, default=None),
        )

    def reporting_loss(self, move: Movement) -> Decimal:
        """What a movement lost, each product converted for itself."""
        lost: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        for part in self.known.movement_items:
            if part[:3] == move[:3]:
                lost[part.product_id] -= part.mrr_amount
        month_start = move.occurred_on.replace(day=1)
        return total(
            self.known.months.converted(amount, move.currency, month_start)
            for amount in lost.values()
        )

    def lost_by_subscription(self, move: Movement) -> dict[str, Decimal]:
        """What a movement lost, by subscription."""
        lost: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        for part in self.known.movement_items:
            if part[:3] == move[:3]:
                lost[self.subscription_of[part.subscription_item_id]] -= part.mrr_amount
        return lost

    def cancellation_of(self, move: Movement) -> Cancellation | None:
        """Of the subscriptions that a movement names, the cancellation that lost most."""
        lost = self.lost_by_subscription(move)
        said = [self.cancellations[key] for key in lost if key in self.cancellations]
        order = {
            row.subscription_id: (-lost[row.subscription_id], row.subscription_id) for row in said
        }
        return min(said, key=lambda row: order[row.subscription_id], default=None)

    def kind(self, move: Movement, cancellation: Cancellation | None) -> str:
        """Whether the customer wanted to go."""
        if cancellation and cancellation.is_payment_failure:
            return "involuntary"
        if self.is_unpaid(move):
            return "involuntary"
        if cancellation and (cancellation.reason or cancellation.is_payment_failure is False):
            return "voluntary"
        return "involuntary" if self.last_attempt_failed(move) else "unknown"

    def is_unpaid(self, move: Movement) -> bool:
        """Whether an item that the movement names has gone unpaid on that day."""
        items = {
            part.subscription_item_id for part in self.known.movement_items if part[:3] == move[:3]
        }
        return any(
            row.subscription_item_id in items
            and row.status == "unpaid"
            and holds(row.valid_from, row.valid_to, move.occurred_on)
            for row in self.known.inputs.subscription_items
        )

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
