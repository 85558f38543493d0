"""Acquisition costs and customer value a second time.

Here belongs the channel that won a customer, what winning cost, and what a customer is worth:
so far, by its churn rate, and as net present value. A value that cannot be told is None, and
the reason stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .known import Known
from .mrr import CENT, NOTHING, ratio

ALL, NONE = "all", "none"


class ChannelMonth(NamedTuple):
    """One row of fct_acquisition_costs_by_channel_month."""

    channel: str
    month_start: date
    acquisition_cost_amount: Decimal
    new_customer_count: int
    cac_amount: Decimal | None
    cac_missing_reason: str | None
    is_partial: bool


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
