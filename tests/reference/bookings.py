"""Bookings beside billing a second time, deal by deal.

Here belongs what fct_bookings_vs_billing and fct_billing_without_booking must say of companies
in which at most one item of a customer and currency changes on a day: what a rise then is needs
no rule. Companies of that kind are invented here, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from .companies import InventedCompany
from .known import Company, Known, Opportunity
from .mrr import (
    CENT,
    NOTHING,
    UNKNOWN,
    Account,
    BillingCustomer,
    Inputs,
    ItemInterval,
    Settings,
    SubscriptionItem,
    ratio,
)
from .strategies import AS_OF_DAYS, exchange_rates


class Booking(NamedTuple):
    """One row of fct_bookings_vs_billing."""

    opportunity_id: str
    customer_id: str
    opportunity_type: str | None
    closed_on: date
    currency: str
    contracted_amount: Decimal
    contract_months: int | None
    contracted_mrr_amount: Decimal | None
    billed_mrr_amount: Decimal
    difference_mrr_amount: Decimal | None
    reporting_contracted_mrr_amount: Decimal | None
    reporting_billed_mrr_amount: Decimal
    reporting_difference_mrr_amount: Decimal | None
    match_method: str
    has_billing_in_other_currency: bool
    first_billed_on: date | None
    age_days: int


class Unbooked(NamedTuple):
    """One row of fct_billing_without_booking."""

    customer_id: str
    currency: str
    occurred_on: date
    unmatched_mrr_amount: Decimal
    age_days: int


class Rise(NamedTuple):
    """A rise of one item's MRR."""

    customer_id: str
    currency: str
    occurred_on: date
    amount: Decimal
    contract_id: str | None
    is_first: bool


def rises(known: Known) -> Iterator[Rise]:
    """Every rise of every item; its first one begins it."""
    under = {row.subscription_item_id: row.contract_id for row in known.inputs.subscription_items}
    for customer_id, intervals in known.intervals.items():
        items: dict[str, list[ItemInterval]] = defaultdict(list)
        for row in intervals:
            if row.mrr_amount != 0:
                items[row.subscription_item_id].append(row)
        for item_id, history in items.items():
            before, ended_on = NOTHING, None
            for row in sorted(history, key=lambda row: row.valid_from):
                before = before if ended_on == row.valid_from else NOTHING
                if row.mrr_amount > before:
                    rise = row.mrr_amount - before
                    is_first = ended_on is None
                    yield Rise(
                        customer_id, row.currency, row.valid_from, rise, under[item_id], is_first
                    )
                before, ended_on = row.mrr_amount, row.valid_to


def bookings(known: Known) -> tuple[list[Booking], list[Unbooked]]:
    """All rows of both marts."""
    days = timedelta(days=known.settings.contract_match_days)
    won = [row for row in known.company.opportunities if row.is_won]
    found = list(rises(known))
    began: dict[str, date] = {}
    for rise in found:
        if rise.contract_id is not None and rise.is_first:
            first_on = began.get(rise.contract_id, rise.occurred_on)
            began[rise.contract_id] = min(first_on, rise.occurred_on)
    deal_of = {key: deal for key in began if (deal := beginning_deal(won, key))}
    free = [row for row in won if row not in deal_of.values() and row.opportunity_type != "renewal"]

    of_deal: dict[str, list[Rise]] = defaultdict(list)
    unbooked: dict[tuple[str, str, date], Decimal] = defaultdict(lambda: NOTHING)
    for rise in found:
        deal = None
        if rise.is_first and rise.contract_id in deal_of:
            is_beginning = rise.occurred_on <= began[rise.contract_id] + days
            deal = deal_of[rise.contract_id] if is_beginning else None
        deal = deal or nearest(free, rise, days)
        if deal:
            of_deal[deal.opportunity_id].append(rise)
        else:
            unbooked[rise[:3]] += rise.amount
    by_contract = {row.opportunity_id for row in deal_of.values()}
    as_of_on = known.settings.as_of_on
    return (
        [booking(known, row, of_deal[row.opportunity_id], by_contract) for row in won],
        [Unbooked(*key, amount, (as_of_on - key[2]).days) for key, amount in unbooked.items()],
    )


def beginning_deal(won: Sequence[Opportunity], contract_id: str) -> Opportunity | None:
    """The deal that began a contract: the earliest, of expansions only where there is no other."""
    return min(
        (row for row in won if row.contract_id == contract_id),
        key=lambda row: (row.opportunity_type == "expansion", row.closed_on, row.opportunity_id),
        default=None,
    )


def nearest(free: Sequence[Opportunity], rise: Rise, days: timedelta) -> Opportunity | None:
    """The nearest of the deals that a rise may come from."""
    if not days:
        return None
    near = [
        row
        for row in free
        if row.account_id == rise.customer_id
        and row.currency == rise.currency
        and abs(row.closed_on - rise.occurred_on) <= days
    ]
    return min(near, key=lambda row: abs(row.closed_on - rise.occurred_on), default=None)


def booking(
    known: Known, deal: Opportunity, billed: Sequence[Rise], by_contract: set[str]
) -> Booking:
    """The row of one deal."""

    def converted(amount: Decimal) -> Decimal:
        return known.months.converted(amount, deal.currency, deal.closed_on.replace(day=1))

    contracted = reporting_contracted = None
    if deal.contract_months:
        contracted = ratio(deal.amount, Decimal(deal.contract_months), CENT)
        reporting_contracted = converted(contracted)
    amount = sum((row.amount for row in billed if row.currency == deal.currency), NOTHING)
    is_by_contract = deal.opportunity_id in by_contract
    return Booking(
        deal.opportunity_id,
        deal.account_id or UNKNOWN,
        deal.opportunity_type,
        deal.closed_on,
        deal.currency,
        deal.amount,
        deal.contract_months,
        contracted,
        amount,
        None if contracted is None else amount - contracted,
        reporting_contracted,
        converted(amount),
        None if contracted is None else converted(amount) - reporting_contracted,
        "contract" if is_by_contract else "nearest" if billed else "unmatched",
        any(row.currency != deal.currency for row in billed),
        min((row.occurred_on for row in billed), default=None),
        (known.settings.as_of_on - deal.closed_on).days,
    )


# -- companies in which one thing happens at a time -------------------------------------

AMOUNTS = tuple(Decimal(amount) for amount in ("100", "9.99", "33.333333", "240"))


def deals(settings: Settings, customer_count: int) -> st.SearchStrategy[InventedCompany]:
    """Companies of so many customers with deals, contracts and items."""

    def invent(number: int) -> InventedCompany:
        random = Random(number)
        as_of_on = AS_OF_DAYS[number % len(AS_OF_DAYS)]
        tables: Mapping[str, list] = {"accounts": [], "billing_customers": [], "items": []}
        opportunities: list[Opportunity] = []
        for place in range(customer_count):
            account_id = f"test:account {place}"
            is_linked = random.random() < 0.9
            tables["accounts"].append(Account(account_id))
            tables["billing_customers"].append(
                BillingCustomer(f"test:billing {place}", account_id if is_linked else None)
            )
            opportunities += invented_deals(random, account_id, as_of_on)
            tables["items"].extend(invented_items(random, place, account_id, as_of_on))
        inputs = Inputs(
            subscription_items=tables["items"],
            billing_customers=tables["billing_customers"],
            accounts=tables["accounts"],
            exchange_rates=exchange_rates(as_of_on),
        )
        company = Company(inputs, opportunities=opportunities)
        return InventedCompany(company, settings._replace(as_of_on=as_of_on))

    return st.integers(0, 2**32).map(invent)


def contract_of(random: Random, account_id: str) -> str | None:
    """A contract of the account, or none."""
    ids = [f"{account_id} contract {place}" for place in range(2)]
    return random.choice((None, None, None, *ids))


def invented_deals(random: Random, account_id: str, as_of_on: date) -> Iterator[Opportunity]:
    """Some deals of an account; no two are equally near to a day on which an item changes."""
    closed = random.sample(range(0, 400, 4), random.randrange(8))
    for place, age in enumerate(closed):
        yield Opportunity(
            f"{account_id} deal {place}",
            account_id if random.random() < 0.95 else None,
            as_of_on - timedelta(days=age),
            random.choice(("new", "new", "renewal", "expansion", None)),
            contract_id=contract_of(random, account_id),
            amount=Decimal(random.choice(("1200.00", "100.00", "0.01"))),
            currency=random.choice(("CNY", "CNY", "USD")),
            contract_months=random.choice((12, 12, 7, None)),
            is_won=random.random() < 0.8,
        )


def invented_items(
    random: Random, place: int, account_id: str, as_of_on: date
) -> Iterator[SubscriptionItem]:
    """Some items of a customer, none of which changes on the day of another."""
    ages = iter(random.sample(range(1, 400, 2), 12))
    for number in range(random.randrange(5)):
        item_id = f"test:item {place} {number}"
        cuts = sorted(
            as_of_on - timedelta(days=next(ages)) for _ in range(random.choice((1, 2, 3)))
        )
        currency = random.choice(("CNY", "CNY", "USD"))
        contract_id = contract_of(random, account_id)
        for index, valid_from in enumerate(cuts):
            yield SubscriptionItem(
                f"{item_id}:{index}",
                item_id,
                f"test:subscription {place}",
                f"test:billing {place}",
                None,
                valid_from,
                cuts[index + 1] if index + 1 < len(cuts) else None,
                unit_amount=random.choice(AMOUNTS),
                currency=currency,
                status=random.choice(("active",) * 6 + ("paused",)),
                contract_id=contract_id,
            )
