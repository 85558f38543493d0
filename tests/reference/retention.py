"""Retention and cohorts a second time, customer by customer.

Here belongs what fct_retention_by_month and fct_cohort_retention must say. A customer is kept
or lost by its MRR in its own currencies; amounts are in constant currency: both ends at the
rate of the later month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .known import Balance, Known, by_line, total
from .mrr import UNKNOWN, add_months, ratio

PERIODS = {"month": 1, "trailing_12_months": 12}


class Retention(NamedTuple):
    """One row of fct_retention_by_month."""

    period: str
    slice: str
    slice_value: str
    month_start: date
    base_customer_count: int
    retained_customer_count: int
    base_mrr_amount: Decimal
    retained_mrr_amount: Decimal
    closing_mrr_amount: Decimal
    logo_retention_rate: Decimal | None
    gross_revenue_retention_rate: Decimal | None
    net_revenue_retention_rate: Decimal | None
    is_partial: bool


class CohortMonth(NamedTuple):
    """One row of fct_cohort_retention."""

    cohort_month_start: date
    months_since: int
    month_start: date
    cohort_customer_count: int
    customer_count: int
    mrr_amount: Decimal
    month_0_customer_count: int
    month_0_mrr_amount: Decimal
    customer_share: Decimal | None
    mrr_share: Decimal | None
    is_partial: bool


class Holding(NamedTuple):
    """What a customer has in one slice at both ends of a period, in local currencies."""

    then: Balance
    now: Balance


def retention(known: Known) -> list[Retention]:
    """All rows of fct_retention_by_month."""
    if not known.first_mrr_on:
        return []
    rows = []
    months = known.months.since(min(known.first_mrr_on.values()))
    for period, length in PERIODS.items():
        for month_start in months:
            slices = defaultdict(list)
            for customer_id in known.balances:
                then = known.balance(customer_id, add_months(month_start, -length))
                now = known.balance(customer_id, month_start)
                for key, holding in slices_of(known, customer_id, then, now):
                    slices[key].append(holding)
            rows += [
                retained(known, period, key, month_start, holdings)
                for key, holdings in slices.items()
            ]
    return rows


def slices_of(
    known: Known, customer_id: str, then: Balance, now: Balance
) -> Iterator[tuple[tuple[str, str], Holding]]:
    """What a customer contributes to which slice, where it has MRR at either end."""
    if not then and not now:
        return
    attributes = known.described_as(customer_id)
    for key in (
        ("total", "all"),
        ("segment", attributes["segment"]),
        ("country", attributes["country"]),
        ("cohort_year", str(known.first_mrr_on[customer_id].year)),
        ("owner", attributes["owner"]),
    ):
        yield key, Holding(then, now)
    lines_then, lines_now = by_line(known, then), by_line(known, now)
    for line in {*lines_then, *lines_now}:
        holding = Holding(lines_then.get(line, {}), lines_now.get(line, {}))
        yield ("product_line", line or UNKNOWN), holding


def retained(
    known: Known, period: str, key: tuple[str, str], month_start: date, holdings: list[Holding]
) -> Retention:
    """The row of one slice and month."""
    base = [holding for holding in holdings if holding.then]
    kept = [holding for holding in base if holding.now]
    amounts = [
        (
            total(known.in_reporting(holding.then, month_start).values()),
            total(known.in_reporting(holding.now, month_start).values()),
        )
        for holding in base
    ]
    opening = total(then for then, _ in amounts)
    lasting = total(min(then, now) for then, now in amounts)
    closing = total(now for _, now in amounts)
    return Retention(
        period,
        *key,
        month_start,
        len(base),
        len(kept),
        opening,
        lasting,
        closing,
        ratio(Decimal(len(kept)), Decimal(len(base))),
        ratio(lasting, opening),
        ratio(closing, opening),
        known.months.is_partial(month_start),
    )


def cohorts(known: Known) -> list[CohortMonth]:
    """All rows of fct_cohort_retention."""
    members = defaultdict(list)
    for customer_id, first_on in known.first_mrr_on.items():
        members[first_on.replace(day=1)].append(customer_id)
    rows = []
    for cohort, customer_ids in members.items():
        began = [balance for key in customer_ids if (balance := known.balance(key, cohort))]
        for months_since, month_start in enumerate(known.months.since(cohort)):
            now = [balance for key in customer_ids if (balance := known.balance(key, month_start))]
            amount, month_0_amount = (
                total(
                    converted
                    for balance in balances
                    for converted in known.in_reporting(balance, month_start).values()
                )
                for balances in (now, began)
            )
            rows.append(
                CohortMonth(
                    cohort,
                    months_since,
                    month_start,
                    len(customer_ids),
                    len(now),
                    amount,
                    len(began),
                    month_0_amount,
                    ratio(Decimal(len(now)), Decimal(len(began))),
                    ratio(amount, month_0_amount),
                    known.months.is_partial(month_start),
                )
            )
    return rows
