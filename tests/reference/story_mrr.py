"""MRR of the sample company, computed from its story in exact decimals.

Here belongs what the story's subscriptions (items, discounts and statuses as the generator tells
them) are worth a month by the definitions of docs/mrr.md, with the default settings. Nothing here
reads a landed file or runs SQL: no dirt and no adapter can touch this truth.

All dirt leaves the last good version of a row in place, so it is no excuse for a difference. What
the extracts cannot tell are two things, both in time:
- what happened after the last run of the connector had looked (`was_seen`);
- the day of a change inside a period whose lines wait for the next invoice (`item_history`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, TypeVar

from orchestration.sample.customers import Customer
from orchestration.sample.landing import sync_after
from orchestration.sample.narrator import Narrator
from orchestration.sample.story import (
    Discount,
    Item,
    ItemState,
    Ledger,
    Subscription,
    SubscriptionState,
)
from orchestration.sample.times import LAST_DAY, business_day

from .mrr import CENT, EXACT, NOTHING, product_of, rounded, spread

State = TypeVar("State")
Holder = tuple[str, str]  # customer_id and currency
Change = tuple[str, int]  # subscription item and second
PERIODS_PER_YEAR = {"week": 52, "month": 12, "year": 1}
COUNTED_STATUSES = ("active", "past_due")
EPOCH = date(1970, 1, 1)


def story_changes(seed: int, scale: float) -> dict[Holder, dict[date, Decimal]]:
    """By how much each customer's MRR changes, by currency and business day; never by 0."""
    changes: dict[Holder, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    narrator = Narrator(seed, scale)
    for index in range(narrator.people.count):
        story = narrator.story(index)
        settled = settled_changes(story.ledger)
        for subscription in story.ledger.subscriptions:
            holder = customer_id(story.customer), subscription.plan.currency.upper()
            for day, change in subscription_changes(history_of(subscription, settled)):
                changes[holder][EPOCH + timedelta(day)] += change
    # What one subscription loses another may gain on the same day.
    return {
        holder: kept
        for holder, by_day in changes.items()
        if (kept := {day: change for day, change in sorted(by_day.items()) if change})
    }


def customer_id(customer: Customer) -> str:
    """The CRM account that billing names, else the billing customer."""
    if customer.is_linked and customer.account is not None:
        return f"salesforce:{customer.account.id}"
    return f"stripe:{customer.id}"


def month_balances(
    changes: Mapping[date, Decimal], month_starts: Iterable[date]
) -> dict[date, Decimal]:
    """MRR at the end of each month but the last of `month_starts`; only where it is not 0."""
    balances, balance, days = {}, NOTHING, sorted(changes, reverse=True)
    for month_start, following in pairwise(month_starts):
        while days and days[-1] < following:
            balance += changes[days.pop()]
        if balance:
            balances[month_start] = balance
    return balances


# -- what the last run of the connector knows of a subscription -------------------------


class History(NamedTuple):
    """A subscription's states and its items' states, each with the business day it begins on."""

    currency: str
    states: list[tuple[int, SubscriptionState]]
    items: dict[str, list[tuple[int, ItemState]]]
    discounts: list[Discount]


def history_of(subscription: Subscription, settled: set[Change]) -> History:
    """The history of a subscription."""
    return History(
        subscription.plan.currency,
        [
            (business_day(state.since), state)
            for state in subscription.states
            if was_seen(state.since)
        ],
        {item.id: item_history(item, settled) for item in subscription.items},
        [discount for discount in subscription.discounts if was_seen(discount.start)],
    )


def was_seen(second: int) -> bool:
    """Whether a run of the connector still brought what happened at that second."""
    return sync_after(second) is not None


def settled_changes(ledger: Ledger) -> set[Change]:
    """The changes inside a period whose lines have been invoiced."""
    return {
        (line.item_id, line.start)
        for invoice in ledger.invoices
        if was_seen(invoice.created)
        for line in invoice.lines
        if line.item_id is not None and line.is_proration
    }


def item_history(item: Item, settled: set[Change]) -> list[tuple[int, ItemState]]:
    """An item's states.

    A change inside a period is dated by its lines. Short terms settle them with the next invoice:
    until then nothing but the run that first saw the item changed gives the change a day.
    """
    history = []
    for place, state in enumerate(item.states):
        run = sync_after(state.since)
        if run is None:
            continue
        is_inside = place > 0 and state.since != state.period_start
        is_dated = not is_inside or (item.id, state.since) in settled
        history.append((business_day(state.since if is_dated else run), state))
    return history


# -- what it is worth ------------------------------------------------------------------


def subscription_changes(history: History) -> Iterator[tuple[int, Decimal]]:
    """The business days (since 1970) on which a subscription's MRR changes, and by how much."""
    days = {
        *(day for day, _ in history.states),
        *(day for states in history.items.values() for day, _ in states),
        *(business_day(discount.start) for discount in history.discounts),
        *(business_day(discount.end) for discount in history.discounts if discount.end is not None),
    }
    before = NOTHING
    for day in sorted(day for day in days if day <= LAST_DAY):
        amount = subscription_mrr(history, day)
        if amount != before:
            yield day, amount - before
        before = amount


def subscription_mrr(history: History, day: int) -> Decimal:
    """The MRR at the end of a business day, the sum over the items."""
    billing = latest(history.states, day)
    if billing is None or billing.status not in COUNTED_STATUSES or billing.pause is not None:
        return NOTHING
    latest_states = {item_id: latest(states, day) for item_id, states in history.items.items()}
    # Metered items, which have no quantity, are billed by use: that is not MRR.
    held = {
        item_id: state
        for item_id, state in latest_states.items()
        if state is not None and state.quantity is not None and not state.is_deleted
    }
    discounts = [discount for discount in history.discounts if holds(discount, day)]
    amounts = {item_id: net_of_percents(state, discounts) for item_id, state in held.items()}
    fixed = sum(fixed_amounts(discounts, history.currency), NOTHING)
    taken = spread(min(fixed, sum(amounts.values(), NOTHING)), amounts)
    return sum(
        (monthly(amounts[item_id] - taken[item_id], state) for item_id, state in held.items()),
        NOTHING,
    )


def latest(states: Iterable[tuple[int, State]], day: int) -> State | None:
    """The last of the states that have begun by the end of a day."""
    begun = [state for begins_on, state in states if begins_on <= day]
    return begun[-1] if begun else None


def holds(discount: Discount, day: int) -> bool:
    """Whether a discount holds on a business day."""
    if day < business_day(discount.start):
        return False
    return discount.end is None or day < business_day(discount.end)


def fixed_amounts(discounts: Iterable[Discount], currency: str) -> Iterator[Decimal]:
    """What the coupons in a currency take off a period, each an amount."""
    for discount in discounts:
        if discount.coupon.amount is not None and discount.coupon.currency == currency:
            yield in_units(discount.coupon.amount)


def net_of_percents(state: ItemState, discounts: Iterable[Discount]) -> Decimal:
    """What billing charges for a period after the percent coupons, which compound."""
    parts_left = (
        Decimal(10_000 - discount.coupon.percent).scaleb(-4)
        for discount in discounts
        if discount.coupon.percent is not None
    )
    amount = product_of(in_units(state.price.unit_amount), Decimal(state.quantity))
    return rounded(product_of(amount, *parts_left))


def monthly(amount: Decimal, state: ItemState) -> Decimal:
    """A period's amount as MRR: annualised and rounded, then a twelfth of it, rounded again."""
    term = state.price.term
    annualised = rounded(EXACT.divide(amount * PERIODS_PER_YEAR[term.unit], term.count))
    return rounded(EXACT.divide(annualised, 12))


def in_units(minor_amount: int) -> Decimal:
    """An amount in minor units (all of the sample's currencies have two digits) in units."""
    return minor_amount * CENT
