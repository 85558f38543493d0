"""MRR of the sample company, computed from its story in exact decimals.

Here belongs what the story's subscriptions (items, discounts and statuses as the generator tells
them) are worth a month by the definitions of docs/mrr.md, with the default settings. Nothing here
reads a landed file or runs SQL: no connector, no dirt, no adapter can touch this truth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from orchestration.sample.customers import Customer
from orchestration.sample.landing import sync_after
from orchestration.sample.narrator import Narrator
from orchestration.sample.story import Discount, Item, ItemState, Subscription
from orchestration.sample.times import LAST_DAY, business_day

from .mrr import CENT, EXACT, NOTHING, product_of, rounded, spread

Holder = tuple[str, str]  # customer_id and currency
PERIODS_PER_YEAR = {"week": 52, "month": 12, "year": 1}
COUNTED_STATUSES = ("active", "past_due")
EPOCH = date(1970, 1, 1)


def story_changes(seed: int, scale: float) -> dict[Holder, dict[date, Decimal]]:
    """By how much each customer's MRR changes, by currency and business day; never by 0."""
    changes: dict[Holder, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    narrator = Narrator(seed, scale)
    for index in range(narrator.people.count):
        story = narrator.story(index)
        for subscription in story.ledger.subscriptions:
            holder = customer_id(story.customer), subscription.plan.currency.upper()
            for day, change in subscription_changes(subscription):
                changes[holder][EPOCH + timedelta(day)] += change
    # What one subscription loses another may gain on the same day.
    kept = {
        holder: {day: change for day, change in sorted(by_day.items()) if change}
        for holder, by_day in changes.items()
    }
    return {holder: by_day for holder, by_day in kept.items() if by_day}


def customer_id(customer: Customer) -> str:
    """The CRM account that billing names, else the billing customer."""
    if customer.is_linked and customer.account is not None:
        return f"salesforce:{customer.account.id}"
    return f"stripe:{customer.id}"


def month_balances(
    changes: Mapping[date, Decimal], month_starts: Iterable[date]
) -> dict[date, Decimal]:
    """The MRR at the end of each month, by the month's first day; only where it is not 0."""
    balances, balance, days = {}, NOTHING, sorted(changes)
    for month_start, following in pairwise(month_starts):
        while days and days[0] < following:
            balance += changes[days.pop(0)]
        if balance:
            balances[month_start] = balance
    return balances


# -- one subscription ------------------------------------------------------------------


def subscription_changes(subscription: Subscription) -> Iterator[tuple[int, Decimal]]:
    """The business days (since 1970) on which a subscription's MRR changes, and by how much."""
    seconds = [
        *(state.since for state in subscription.states),
        *(state.since for item in subscription.items for state in item.states),
        *(discount.start for discount in subscription.discounts),
        *(discount.end for discount in subscription.discounts if discount.end is not None),
    ]
    before = NOTHING
    for day in sorted({business_day(second) for second in seconds}):
        amount = subscription_mrr(subscription, day) if day <= LAST_DAY else before
        if amount != before:
            yield day, amount - before
        before = amount


def subscription_mrr(subscription: Subscription, day: int) -> Decimal:
    """The MRR at the end of a business day, the sum over the items."""
    state = latest(subscription.states, day)
    if state is None or state.status not in COUNTED_STATUSES or state.pause is not None:
        return NOTHING
    held = {item.id: state for item in subscription.items if (state := held_state(item, day))}
    discounts = [discount for discount in subscription.discounts if holds(discount, day)]
    fixed = sum(
        (
            in_units(discount.coupon.amount)
            for discount in discounts
            if discount.coupon.amount is not None
            and discount.coupon.currency == subscription.plan.currency
        ),
        NOTHING,
    )
    amounts = {item: net_of_percents(state, discounts) for item, state in held.items()}
    taken = spread(min(fixed, sum(amounts.values(), NOTHING)), amounts)
    return sum(
        (monthly(amounts[item] - taken[item], state) for item, state in held.items()), NOTHING
    )


def latest(states: Iterable, day: int):
    """The last of the states that hold by the end of a day and were seen by the last sync."""
    found = None
    for state in states:
        if business_day(state.since) <= day and sync_after(state.since) is not None:
            found = state
    return found


def held_state(item: Item, day: int) -> ItemState | None:
    """What an item is on a day; None before it is held, once dropped, and where it is metered."""
    state = latest(item.states, day)
    if state is None or state.is_deleted or state.quantity is None:
        return None
    return state


def holds(discount: Discount, day: int) -> bool:
    """Whether a discount holds on a business day."""
    if sync_after(discount.start) is None or business_day(discount.start) > day:
        return False
    return discount.end is None or day < business_day(discount.end)


def net_of_percents(state: ItemState, discounts: Iterable[Discount]) -> Decimal:
    """What billing charges for a period after the percent coupons, which compound."""
    amount = product_of(in_units(state.price.unit_amount), Decimal(state.quantity))
    left = (
        Decimal(10_000 - discount.coupon.percent).scaleb(-4)
        for discount in discounts
        if discount.coupon.percent is not None
    )
    return rounded(product_of(amount, *left))


def monthly(amount: Decimal, state: ItemState) -> Decimal:
    """A period's amount as MRR: annualised and rounded, then a twelfth of it, rounded again."""
    term = state.price.term
    annualised = rounded(EXACT.divide(amount * PERIODS_PER_YEAR[term.unit], term.count))
    return rounded(EXACT.divide(annualised, 12))


def in_units(minor_amount: int) -> Decimal:
    """An amount in minor units (all of the sample's currencies have two digits) in units."""
    return minor_amount * CENT
