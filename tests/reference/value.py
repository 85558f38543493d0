"""Acquisition costs and customer value a second time.

Here belongs the channel that won a customer, what winning cost, and what a customer is worth:
so far, by its churn rate, and as net present value. A value that cannot be told is None, and
the reason stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .known import Known, total
from .mrr import CENT, EXACT, NOTHING, add_months, product_of, ratio, rounded

ALL, NONE = "all", "none"


REFERRAL_CHANNELS = ("referrals",)
CAC_TO_CLV_AT_MOST = Decimal("0.3")


class ChannelMonth(NamedTuple):
    """One row of fct_acquisition_costs_by_channel_month."""

    channel: str
    month_start: date
    acquisition_cost_amount: Decimal
    new_customer_count: int
    cac_amount: Decimal | None
    cac_missing_reason: str | None
    is_partial: bool


class SegmentRates(NamedTuple):
    """One row of fct_value_rates_by_segment_month."""

    segment: str
    month_start: date
    opening_customer_count: int
    churned_customer_count: int
    churn_rate: Decimal | None
    churn_missing_reason: str | None
    base_mrr_amount: Decimal
    expansion_mrr_amount: Decimal
    expansion_rate: Decimal | None
    expansion_missing_reason: str | None
    base_customer_count: int
    referred_customer_count: int
    referral_rate: Decimal | None
    referral_missing_reason: str | None


class CustomerValue(NamedTuple):
    """One row of fct_customer_value."""

    customer_id: str
    segment: str
    channel: str
    first_mrr_on: date
    mrr_amount: Decimal
    cumulative_gross_profit_amount: Decimal | None
    cumulative_gross_profit_missing_reason: str | None
    historical_clv_amount: Decimal | None
    historical_clv_missing_reason: str | None
    monthly_gross_profit_amount: Decimal | None
    monthly_gross_profit_missing_reason: str | None
    rates_month_start: date
    churn_rate: Decimal | None
    churn_missing_reason: str | None
    cac_amount: Decimal | None
    cac_missing_reason: str | None
    predicted_clv_amount: Decimal | None
    predicted_clv_missing_reason: str | None
    npv_clv_amount: Decimal | None
    npv_clv_missing_reason: str | None
    cross_sell_value_amount: Decimal | None
    cross_sell_value_missing_reason: str | None
    referral_value_amount: Decimal | None
    referral_value_missing_reason: str | None
    total_clv_amount: Decimal | None
    total_clv_missing_reason: str | None
    cac_to_clv_ratio: Decimal | None
    cac_to_clv_missing_reason: str | None
    clv_to_cac_ratio: Decimal | None
    clv_to_cac_missing_reason: str | None
    payback_months: Decimal | None
    payback_missing_reason: str | None
    is_healthy: bool | None


class SegmentValue(NamedTuple):
    """One row of fct_customer_value_by_segment_month."""

    segment: str
    month_start: date
    customer_count: int
    mrr_amount: Decimal
    arpa_amount: Decimal | None
    margin_mrr_amount: Decimal
    gross_margin_rate: Decimal | None
    monthly_gross_profit_amount: Decimal | None
    monthly_gross_profit_missing_reason: str | None
    churn_rate: Decimal | None
    churn_missing_reason: str | None
    cac_amount: Decimal | None
    cac_missing_reason: str | None
    predicted_clv_amount: Decimal | None
    predicted_clv_missing_reason: str | None
    npv_clv_amount: Decimal | None
    npv_clv_missing_reason: str | None
    cross_sell_value_amount: Decimal | None
    cross_sell_value_missing_reason: str | None
    referral_value_amount: Decimal | None
    referral_value_missing_reason: str | None
    total_clv_amount: Decimal | None
    total_clv_missing_reason: str | None
    cac_to_clv_ratio: Decimal | None
    cac_to_clv_missing_reason: str | None
    clv_to_cac_ratio: Decimal | None
    clv_to_cac_missing_reason: str | None
    payback_months: Decimal | None
    payback_missing_reason: str | None
    is_healthy: bool | None


class Told(NamedTuple):
    """A value, or the reason why there is none."""

    value: Decimal | None
    reason: str | None = None


def channels(known: Known) -> dict[str, str]:
    """The channel that won each customer: its first new deal's, else its latest touch's."""
    company, as_of_on = known.company, known.settings.as_of_on
    by_campaign = {row.campaign_id: row.channel for row in company.campaigns}
    deals, touches = defaultdict(list), defaultdict(list)
    for row in company.opportunities:
        if row.is_won and row.opportunity_type == "new" and row.closed_on <= as_of_on:
            deals[row.account_id].append(row)
    for row in company.campaign_touches:
        if by_campaign.get(row.campaign_id):
            touches[row.account_id].append(row)

    found = {}
    for customer_id, first_on in known.first_mrr_on.items():
        since = first_on - timedelta(days=known.settings.acquisition_touch_days)
        first_deal = min(
            deals[customer_id], key=lambda row: (row.closed_on, row.opportunity_id), default=None
        )
        last_touch = min(
            (row for row in touches[customer_id] if since <= row.touched_on <= first_on),
            key=lambda row: (
                not row.has_responded,
                first_on - row.touched_on,
                row.campaign_touch_id,
            ),
            default=None,
        )
        campaigns = [row.campaign_id for row in (first_deal, last_touch) if row]
        of_campaigns = [channel for key in campaigns if (channel := by_campaign.get(key))]
        found[customer_id] = of_campaigns[0] if of_campaigns else NONE
    return found


def acquisition_costs(known: Known, channel_of: dict[str, str]) -> list[ChannelMonth]:
    """All rows of fct_acquisition_costs_by_channel_month."""
    costs: dict[tuple[str, date], list[Decimal]] = defaultdict(list)
    won: dict[tuple[str, date], int] = defaultdict(int)
    for row in known.company.acquisition_costs:
        if row.month_start <= known.settings.as_of_on:
            converted = known.months.converted(row.amount, row.currency, row.month_start)
            for channel in (row.channel, ALL):
                costs[channel, row.month_start].append(converted)
    for customer_id, first_on in known.first_mrr_on.items():
        for channel in (channel_of[customer_id], ALL):
            won[channel, first_on.replace(day=1)] += 1

    rows = []
    for channel, month_start in {*costs, *won}:
        posted, count = costs[channel, month_start], won[channel, month_start]
        amount = sum(posted, NOTHING)
        reason = None
        if channel == NONE:
            reason = "no_channel"
        elif count == 0:
            reason = "no_new_customers"
        elif not posted:
            reason = "no_costs"
        cac = None if reason else ratio(amount, Decimal(count), CENT)
        is_partial = known.months.is_partial(month_start)
        rows.append(ChannelMonth(channel, month_start, amount, count, cac, reason, is_partial))
    return rows


# -- gross profit ----------------------------------------------------------------------


class Margins:
    """The gross margin of each product line, month by month."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.rows = sorted(known.company.gross_margins, key=lambda row: row.month_start)

    def rate(self, line: str, month_start: date) -> Decimal | None:
        """The latest margin of a line, whatever its capitals, that holds in a month."""
        held = [
            row.gross_margin_rate
            for row in self.rows
            if row.product_line == line.lower() and row.month_start <= month_start
        ]
        return held[-1] if held else None

    def profits(self, customer_id: str, month_start: date) -> list[tuple[Decimal, Decimal | None]]:
        """A customer's MRR at the end of a month and the profit it brings, by product."""
        balance = self.known.balance(customer_id, month_start)
        parts = []
        for (_, product_id), amount in self.known.in_reporting(balance, month_start).items():
            rate = self.rate(self.known.line_of(product_id), month_start)
            parts.append((amount, None if rate is None else rounded(product_of(amount, rate))))
        return parts

    def profit(self, customer_id: str, month_start: date) -> Decimal | None:
        """A customer's gross profit in a month; None where a margin is missing."""
        profits = [profit for _, profit in self.profits(customer_id, month_start)]
        return None if None in profits else total(profits)


# -- rates of segments -----------------------------------------------------------------


def full_months(known: Known, since: date) -> list[date]:
    """The months that are over."""
    return [month for month in known.months.since(since) if not known.months.is_partial(month)]


def segment_rates(known: Known, channel_of: Mapping[str, str]) -> list[SegmentRates]:
    """All rows of fct_value_rates_by_segment_month."""
    if not known.first_mrr_on:
        return []
    since = min(known.first_mrr_on.values())
    members = defaultdict(set)
    for customer_id in known.first_mrr_on:
        members[ALL].add(customer_id)
        members[known.described_as(customer_id)["segment"]].add(customer_id)
    expansion = expansions(known)
    rows = []
    for month_start in full_months(known, since):
        for segment, customer_ids in members.items():
            ends = (month_start, add_months(month_start, -1))
            if not any(customer_ids & known.customers_with_mrr(end) for end in ends):
                continue
            opening = churned = 0
            for back in range(6):
                end = add_months(month_start, -back)
                there = customer_ids & known.customers_with_mrr(add_months(end, -1))
                opening += len(there)
                churned += len(there - known.customers_with_mrr(end))
            year = [add_months(month_start, -back) for back in range(12)]
            year_ago = add_months(month_start, -12)
            base = customer_ids & known.customers_with_mrr(year_ago)
            base_mrr = total(
                amount
                for customer_id in base
                for amount in known.in_reporting(
                    known.balance(customer_id, year_ago), month_start
                ).values()
            )
            expanded = total(expansion[row, month] for row in customer_ids for month in year)
            referred = sum(
                channel_of[row] in REFERRAL_CHANNELS
                and known.first_mrr_on[row].replace(day=1) in year
                for row in customer_ids
            )
            churn_rate = ratio(Decimal(churned), Decimal(opening))
            expansion_rate = ratio(expanded, base_mrr)
            referral_rate = ratio(Decimal(referred), Decimal(len(base)))
            rows.append(
                SegmentRates(
                    segment,
                    month_start,
                    opening,
                    churned,
                    churn_rate,
                    "no_history" if churn_rate is None else None,
                    base_mrr,
                    expanded,
                    expansion_rate,
                    "no_history" if expansion_rate is None else None,
                    len(base),
                    referred,
                    referral_rate,
                    "no_history" if referral_rate is None else None,
                )
            )
    return rows


def expansions(known: Known) -> dict[tuple[str, date], Decimal]:
    """Expansion by customer and month in reporting currency, each day converted for itself."""
    by_day: dict[tuple, Decimal] = defaultdict(lambda: NOTHING)
    for part in known.movement_items:
        if part.movement_type == "expansion":
            key = (part.customer_id, part.currency, part.occurred_on, part.product_id)
            by_day[key] += part.mrr_amount
    found: dict[tuple[str, date], Decimal] = defaultdict(lambda: NOTHING)
    for (customer_id, currency, day, _), amount in by_day.items():
        month_start = day.replace(day=1)
        found[customer_id, month_start] += known.months.converted(amount, currency, month_start)
    return found


# -- worth -----------------------------------------------------------------------------


def worth(
    profit: Told, rates: SegmentRates | None, cac: Told, yearly_discount: Decimal
) -> tuple[Decimal | str | bool | None, ...]:
    """What is to be expected of a customer with so much gross profit a month.

    The columns that both marts share, from predicted CLV on.
    """
    churn_rate = rates.churn_rate if rates else None
    reason = profit.reason or ("no_history" if churn_rate is None else None)
    predicted = npv = Told(None, reason)
    if reason is None:
        predicted = Told(None, "no_churn")
        if churn_rate != 0:
            predicted = Told(rounded(EXACT.divide(profit.value, churn_rate)))
        # (1 + d) / (d + c) with d a twelfth of the yearly rate.
        stays = yearly_discount + 12 * churn_rate
        npv = Told(None, "no_churn")
        if stays != 0:
            npv = Told(rounded(EXACT.divide(product_of(profit.value, 12 + yearly_discount), stays)))
    cross_sell = times(predicted, rates.expansion_rate if rates else None)
    referral = times(predicted, rates.referral_rate if rates else None)
    parts = (npv, cross_sell, referral)
    missing = next((part.reason for part in parts if part.reason), None)
    clv = Told(None, missing) if missing else Told(total(part.value for part in parts))

    cac_to_clv = quotient(cac, clv, first=cac, empty="no_value")
    clv_to_cac = quotient(clv, cac, first=cac, empty="no_costs")
    payback = quotient(cac, profit, first=cac, empty="no_gross_profit")
    is_healthy = None if cac_to_clv.value is None else cac_to_clv.value <= CAC_TO_CLV_AT_MOST
    values = (predicted, npv, cross_sell, referral, clv, cac_to_clv, clv_to_cac, payback)
    return (*(column for value in values for column in value), is_healthy)


def times(predicted: Told, rate: Decimal | None) -> Told:
    """A share of the predicted value."""
    if predicted.reason:
        return predicted
    if rate is None:
        return Told(None, "no_history")
    return Told(rounded(product_of(predicted.value, rate)))


def quotient(part: Told, whole: Told, first: Told, empty: str) -> Told:
    """A quotient; where one of both is missing the reason, that of `first` before the other's."""
    reason = first.reason or part.reason or whole.reason
    if reason is None and whole.value <= 0:
        reason = empty
    return Told(None, reason) if reason else Told(ratio(part.value, whole.value))


def customer_values(
    known: Known,
    channel_of: Mapping[str, str],
    rates: Iterable[SegmentRates],
    costs: Iterable[ChannelMonth],
) -> list[CustomerValue]:
    """All rows of fct_customer_value."""
    as_of_on = known.settings.as_of_on
    this_month = as_of_on.replace(day=1)
    is_over = not known.months.is_partial(this_month)
    rates_month = this_month if is_over else add_months(this_month, -1)
    rates_of = {row.segment: row for row in rates if row.month_start == rates_month}
    cac_of = {(row.channel, row.month_start): row for row in costs}
    margins = Margins(known)
    rows = []
    for customer_id, first_on in known.first_mrr_on.items():
        segment, channel = known.described_as(customer_id)["segment"], channel_of[customer_id]
        cost = cac_of[channel, first_on.replace(day=1)]
        cac = Told(cost.cac_amount, cost.cac_missing_reason)
        monthly = [margins.profit(customer_id, month) for month in full_months(known, first_on)]
        so_far = Told(None, "no_margin") if None in monthly else Told(total(monthly))
        historical = Told(None, so_far.reason or cac.reason)
        if historical.reason is None:
            historical = Told(so_far.value - cac.value)
        now = margins.profit(customer_id, this_month)
        profit = Told(None, "no_margin") if now is None else Told(now)
        balance = known.balance(customer_id, this_month)
        mrr = total(known.in_reporting(balance, this_month).values())
        # What is worth nothing in reporting currency is shown as no MRR.
        future = profit if mrr else Told(None, "no_current_mrr")
        of_segment = rates_of.get(segment)
        churn_rate = of_segment.churn_rate if of_segment else None
        rows.append(
            CustomerValue(
                customer_id,
                segment,
                channel,
                first_on,
                total(known.in_reporting(balance, this_month).values()),
                *so_far,
                *historical,
                *profit,
                rates_month,
                churn_rate,
                "no_history" if churn_rate is None else None,
                *cac,
                *worth(future, of_segment, cac, known.settings.clv_discount_rate),
            )
        )
    return rows


def segment_values(
    known: Known, rates: Iterable[SegmentRates], costs: Iterable[ChannelMonth]
) -> list[SegmentValue]:
    """All rows of fct_customer_value_by_segment_month."""
    cac_of = {row.month_start: row for row in costs if row.channel == ALL}
    margins, rows = Margins(known), []
    for of_segment in rates:
        month_start = of_segment.month_start
        customers = [
            row
            for row in known.customers_with_mrr(month_start)
            if of_segment.segment in (ALL, known.described_as(row)["segment"])
        ]
        parts = [part for row in customers for part in margins.profits(row, month_start)]
        mrr = total(amount for amount, _ in parts)
        margin_mrr = total(amount for amount, profit in parts if profit is not None)
        gross_profit = total(profit for _, profit in parts if profit is not None)
        arpa = ratio(mrr, Decimal(len(customers)), CENT)
        margin = ratio(gross_profit, margin_mrr)
        if not customers:
            profit = Told(None, "no_current_mrr")
        elif margin is None:
            profit = Told(None, "no_margin")
        else:
            profit = Told(product_of(arpa, margin))
        # What is worth nothing in reporting currency is shown as no MRR.
        future = profit if mrr else Told(None, "no_current_mrr")
        cac = Told(None, "no_segment")
        if of_segment.segment == ALL:
            cost = cac_of.get(month_start)
            cac = (
                Told(cost.cac_amount, cost.cac_missing_reason)
                if cost
                else Told(None, "no_new_customers")
            )
        rows.append(
            SegmentValue(
                of_segment.segment,
                month_start,
                len(customers),
                mrr,
                arpa,
                margin_mrr,
                margin,
                None if profit.value is None else rounded(profit.value),
                profit.reason,
                of_segment.churn_rate,
                of_segment.churn_missing_reason,
                *cac,
                *worth(future, of_segment, cac, known.settings.clv_discount_rate),
            )
        )
    return rows
