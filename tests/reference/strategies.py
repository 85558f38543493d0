"""Hypothesis strategies for customers' histories in the rows of the input contract.

Here belongs what a billing system can hold, the awkward first: overlaps, swaps on one day,
gaps, open ends, every interval, stacked coupons, scheduled and revoked cancellations.
Days come from one short list, so that changes often meet; what the rows mean is not
decided here. Every list of history holds several customers, because one run of the models
costs about the same for one customer as for twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

from .mrr import (
    Account,
    BillingCustomer,
    Contract,
    CustomerLink,
    ExchangeRate,
    Inputs,
    InvoiceLine,
    Product,
    Settings,
    SubscriptionDiscount,
    SubscriptionItem,
    add_months,
    last_day,
)

# Within a month, its last day, its first day, and the end of a short month.
AS_OF_DAYS = (date(2025, 8, 15), date(2025, 8, 31), date(2025, 9, 1), date(2025, 2, 28))

PRODUCTS = (
    Product("test:base", "platform"),
    Product("test:plus", "platform"),
    Product("test:data", "Analytics"),
    Product("test:help", None),
)
PRODUCT_IDS = (*(product.product_id for product in PRODUCTS), "test:orphan", None)
CURRENCIES = ("CNY", "USD", "EUR", "JPY")
INTERVALS = (
    ("month", 1),
    ("year", 1),
    ("quarter", 1),
    ("half_year", 1),
    ("week", 1),
    ("day", 1),
    ("month", 7),
    ("year", 3),
    ("week", 2),
    ("day", 30),
    ("one_off", 1),
)
STATUSES = (
    *("active",) * 8,
    *("past_due",) * 2,
    "paused",
    "trialing",
    "unpaid",
    "incomplete",
    "ended",
    "signed",
)
# What is dated ahead is agreed, not lived through.
FUTURE_STATUSES = ("signed", "signed", "active", "active", "trialing", "incomplete")
UNIT_AMOUNTS = tuple(
    Decimal(amount)
    for amount in (
        "100",
        "120",
        "1200",
        "100.00",
        "9.99",
        "33.333333",
        "0.004999",
        "0.07",
        "0",
        "49.5",
        "240000",
        "9999999.99",
    )
)
QUANTITIES = tuple(Decimal(quantity) for quantity in ("1", "2", "3", "7.5", "0.333333", "0"))
PERCENTAGES = tuple(Decimal(percent) for percent in ("10", "20", "12.5", "33.333333", "100", "0"))
FIXED_AMOUNTS = tuple(Decimal(amount) for amount in ("5.00", "0.01", "10.05", "99.99", "5000.00"))


def days(as_of_on: date) -> tuple[date, ...]:
    """Some days of twenty months, those around `as_of_on`, and some after it."""
    this_month = as_of_on.replace(day=1)
    middle = [add_months(this_month, -back) for back in (1, 2, 5, 8, 12, 17, 18)]
    ends = [last_day(month) for month in middle[::2]]
    near = [as_of_on + timedelta(days=day) for day in (-45, -20, -10, -1, 0)]
    later = [as_of_on + timedelta(days=day) for day in (1, 45)]
    horizon = [add_months(as_of_on, 3), add_months(as_of_on, 12) + timedelta(days=1)]
    leap_day = [date(2024, 2, 29)]
    within = [day.replace(day=11) for day in middle[:4]]
    past = {*leap_day, *middle, *ends, *within, *near}
    # Later days last: that is where shrinking does not go.
    return (*sorted(past), *later, *horizon)


def contracts(as_of_on: date) -> tuple[Contract, ...]:
    """Contracts that end before, inside and after a horizon of 12 months, and at its end."""
    ends = (
        as_of_on,
        as_of_on + timedelta(days=100),
        add_months(as_of_on, 12),
        add_months(as_of_on, 12) + timedelta(days=1),
    )
    return tuple(
        Contract(f"test:contract {index} {renews}", end, renews)
        for index, end in enumerate(ends)
        for renews in (False, True, None)
    )


def contract_ids(as_of_on: date) -> st.SearchStrategy[str | None]:
    """Mostly no contract, at times one that is in no table."""
    known = [contract.contract_id for contract in contracts(as_of_on)]
    return st.sampled_from((*[None] * 6, "test:no contract", *known))


def exchange_rates(as_of_on: date) -> tuple[ExchangeRate, ...]:
    """Rates between all pairs, with months without one, a budget and a future rate."""
    start, rows = add_months(as_of_on.replace(day=1), -30), []
    for source, source_worth in zip(CURRENCIES, ("1", "7.1", "7.9", "0.05"), strict=True):
        for target, target_worth in zip(CURRENCIES, ("1", "7.2", "7.8", "0.048"), strict=True):
            if source == target:
                continue
            rate = (Decimal(source_worth) / Decimal(target_worth)).quantize(Decimal("1E-10"))
            for month in (0, *range(11, 34)):
                # Some months publish twice, some not at all.
                published_on = last_day(add_months(start, month)) - timedelta(days=month % 3)
                drift = 1 + Decimal(month * 7 % 11) / 100
                value = (rate * drift).quantize(Decimal("1E-10"))
                if month % 5:
                    rows.append(ExchangeRate(source, target, published_on, value))
                if month % 4 == 0:
                    mid = published_on.replace(day=12)
                    rows.append(ExchangeRate(source, target, mid, value + Decimal("0.001")))
            rows.append(ExchangeRate(source, target, date(2015, 1, 1), rate))
            rows.append(ExchangeRate(source, target, as_of_on, 9 * rate, "budget"))
    return tuple(rows)


@st.composite
def item_history(draw, key: str, subscription: tuple[str, str], currency: str, as_of_on: date):
    """The intervals of one subscription item, one after another, with or without gaps."""
    subscription_id, billing_customer_id = subscription
    all_days = days(as_of_on)
    cuts = sorted(draw(st.sets(st.sampled_from(all_days), min_size=1, max_size=5)))
    product_id = draw(st.sampled_from(PRODUCT_IDS))
    billing_interval = draw(st.sampled_from(INTERVALS))
    is_metered = draw(st.sampled_from((False,) * 7 + (True,)))
    rows = []
    for index, (valid_from, valid_to) in enumerate(pairwise((*cuts, None))):
        what = draw(
            st.sampled_from(("on", "on", "on", "gap", "plan", "product", "product", "currency"))
        )
        if what == "gap":
            continue
        if what == "plan":
            billing_interval = draw(st.sampled_from(INTERVALS))
        if what == "product":
            product_id = draw(st.sampled_from(PRODUCT_IDS))
        if what == "currency":
            currency = draw(st.sampled_from(CURRENCIES))
        # The last interval is open, or its end is known.
        ends_on = valid_to or draw(st.sampled_from((None, None, *all_days)))
        if ends_on is not None and ends_on <= valid_from:
            ends_on = None
        rows.append(
            SubscriptionItem(
                subscription_item_interval_id=f"{key}:{index}",
                subscription_item_id=key,
                subscription_id=subscription_id,
                billing_customer_id=billing_customer_id,
                product_id=product_id,
                valid_from=valid_from,
                valid_to=ends_on,
                unit_amount=draw(st.sampled_from(UNIT_AMOUNTS)),
                quantity=draw(st.sampled_from(QUANTITIES)),
                currency=currency,
                billing_interval=billing_interval[0],
                billing_interval_count=billing_interval[1],
                status=draw(
                    st.sampled_from(FUTURE_STATUSES if valid_from > as_of_on else STATUSES)
                ),
                is_metered=is_metered,
                cancels_on=draw(st.sampled_from((None, None, None, None, *all_days[-8:]))),
                contract_id=draw(contract_ids(as_of_on)),
            )
        )
    return rows


@st.composite
def discount(draw, key: str, subscription_id: str, item_ids: list[str], as_of_on: date):
    """One coupon: percent or fixed, for good or for a time, of all items or of one."""
    all_days = days(as_of_on)
    valid_from = draw(st.sampled_from(all_days))
    valid_to = draw(st.sampled_from((None, *all_days)))
    is_percent = draw(st.booleans())
    return SubscriptionDiscount(
        subscription_discount_id=key,
        subscription_id=subscription_id,
        valid_from=valid_from,
        valid_to=None if valid_to is None or valid_to <= valid_from else valid_to,
        subscription_item_id=draw(st.sampled_from((None, None, *item_ids))),
        percent_off=draw(st.sampled_from(PERCENTAGES)) if is_percent else None,
        amount_off=None if is_percent else draw(st.sampled_from(FIXED_AMOUNTS)),
        currency=None if is_percent else draw(st.sampled_from(("CNY", *CURRENCIES))),
        is_forever=draw(st.booleans()),
    )


SERVICE_PERIODS = (
    ("months", 1),
    ("months", 1),
    ("months", 3),
    ("months", 12),
    ("days", 10),
    ("days", 45),
)
GAPS = (0, 0, 0, 0, 1, 44, 45, 46, -1, -20, -200)
LINE_AMOUNTS = tuple(
    Decimal(amount) for amount in ("100.00", "120.00", "99.99", "0.01", "1200.00", "0.00")
)
# A proration that leads up to a line is charged; one inside a line gives back, as a credit does.
LINE_KINDS = ("lead", "lead", "proration", "proration", "credit", "one_off", "metered")
ADJUSTMENT_DAYS = (1, 5, 20, 29, 31, 70)


@st.composite
def invoice_history(draw, key: str, subscription: tuple[str, str], currency: str, as_of_on: date):
    """The invoice lines of one item: recurring ones with gaps and overlaps, and the rest."""
    subscription_id, billing_customer_id = subscription
    product_id, contract_id = draw(st.sampled_from(PRODUCT_IDS)), draw(contract_ids(as_of_on))
    service_from = draw(st.sampled_from(days(as_of_on)[:-4]))
    rows = []

    def add(line_kind: str, starts: date, ends: date, amount: Decimal):
        rows.append(
            InvoiceLine(
                invoice_line_id=f"{key}:{len(rows):02}",
                subscription_item_id=key,
                subscription_id=subscription_id,
                billing_customer_id=billing_customer_id,
                product_id=product_id,
                contract_id=contract_id,
                service_from=starts,
                service_to=ends,
                amount=amount,
                currency=currency,
                line_kind=line_kind,
            )
        )

    for _ in range(draw(st.integers(0, 5))):
        unit, length = draw(st.sampled_from(SERVICE_PERIODS))
        service_to = (
            add_months(service_from, length)
            if unit == "months"
            else service_from + timedelta(days=length)
        )
        for _ in range(draw(st.sampled_from((1, 1, 1, 1, 1, 2)))):
            add("recurring", service_from, service_to, draw(st.sampled_from(LINE_AMOUNTS)))
        other = draw(st.sampled_from(("nothing",) * 5 + LINE_KINDS))
        if other != "nothing":
            offset = timedelta(days=draw(st.sampled_from(ADJUSTMENT_DAYS)))
            misses = timedelta(days=draw(st.sampled_from((0, 0, 0, 1))))
            amount = draw(st.sampled_from(LINE_AMOUNTS))
            if other == "lead":
                add("proration", service_from - offset, service_from + misses, amount)
            elif other in ("proration", "credit"):
                given_back_from = service_from + offset
                given_back_to = max(service_to + misses, given_back_from + timedelta(days=1))
                add(other, given_back_from, given_back_to, -amount)
            else:
                add(other, service_from, service_from + offset, amount)
        if draw(st.sampled_from((False,) * 6 + (True,))):
            product_id = draw(st.sampled_from(PRODUCT_IDS))
        service_from = service_to + timedelta(days=draw(st.sampled_from(GAPS)))
    return rows


@st.composite
def customer_history(draw, key: str, as_of_on: date, basis: str) -> Inputs:
    """All rows of one customer, or of several where its billing customers are not linked."""
    account_id = f"test:account {key}"
    accounts = [
        Account(
            account_id,
            draw(st.sampled_from(("enterprise", "small", None))),
            draw(st.sampled_from(("CN", "DE", None))),
        )
    ]
    items, discounts, lines, billing_customers, links = [], [], [], [], []
    home_currency = draw(st.sampled_from(("CNY", "USD", "EUR", "JPY")))
    for customer_number in range(draw(st.sampled_from((1, 1, 2)))):
        billing_customer_id = f"test:billing {key} {customer_number}"
        kind = draw(st.sampled_from(("linked",) * 5 + ("alone", "dangling", "moved", "absent")))
        if kind != "absent":
            linked_to = {"linked": account_id, "dangling": f"test:gone {key}"}.get(kind)
            country_code = draw(st.sampled_from(("FR", None)))
            billing_customers.append(BillingCustomer(billing_customer_id, linked_to, country_code))
        if kind == "moved":
            moved_to = draw(st.sampled_from((account_id, f"test:elsewhere {key}")))
            links.append(CustomerLink(billing_customer_id, moved_to))
        for subscription_number in range(draw(st.integers(0 if customer_number else 1, 2))):
            subscription_id = f"test:subscription {key} {customer_number}{subscription_number}"
            subscription = (subscription_id, billing_customer_id)
            currency = draw(st.sampled_from((home_currency,) * 3 + CURRENCIES))
            item_ids = [
                f"{subscription_id}{number}"
                for number in range(draw(st.sampled_from((1, 2, 3, 4))))
            ]
            for item_id in item_ids:
                if basis == "invoiced":
                    lines += draw(invoice_history(item_id, subscription, currency, as_of_on))
                else:
                    items += draw(item_history(item_id, subscription, currency, as_of_on))
            for number in range(draw(st.sampled_from((0, 0, 0, 1, 2, 3)))):
                discount_id = f"{subscription_id} discount {number}"
                discounts.append(draw(discount(discount_id, subscription_id, item_ids, as_of_on)))
    return Inputs(
        subscription_items=items,
        subscription_discounts=discounts,
        invoice_lines=lines,
        billing_customers=billing_customers,
        accounts=accounts,
        customer_links=links,
    )


class Histories(NamedTuple):
    """The rows of several customers, and the settings with the last day that is known."""

    customers: Inputs
    settings: Settings

    @property
    def inputs(self) -> Inputs:
        """The customers' rows with the rows that all customers share."""
        as_of_on = self.settings.as_of_on
        return self.customers._replace(
            products=PRODUCTS,
            contracts=contracts(as_of_on),
            exchange_rates=exchange_rates(as_of_on),
        )

    def rows(self) -> list[NamedTuple]:
        """All rows of the customers, each customer's together."""
        return sorted((row for rows in self.customers for row in rows), key=customer_number)

    def without(self, unwanted: Sequence[NamedTuple]) -> Histories:
        """The same histories without some rows."""
        ids = {id(row) for row in unwanted}
        kept = ([row for row in rows if id(row) not in ids] for rows in self.customers)
        return self._replace(customers=Inputs(*kept))

    def __repr__(self) -> str:
        """One line a row, with what differs from the row's defaults."""
        lines = [told(self.settings)]
        lines += [told(row) for rows in self.customers for row in rows]
        return "Histories(\n  " + "\n  ".join(lines) + "\n)"


def customer_number(row: NamedTuple) -> str:
    """The number of the drawn customer that a row belongs to, from its billing key."""
    keys = row._asdict()
    key = keys.get("subscription_id") or keys.get("billing_customer_id") or keys["account_id"]
    return key.split()[1]


def told(row: NamedTuple) -> str:
    """A row without the columns that hold their default."""
    columns = [
        f"{name}={value}"
        for name, value in row._asdict().items()
        if value != row._field_defaults.get(name, "no default")
    ]
    return f"{type(row).__name__}({', '.join(columns)})"


@st.composite
def histories(draw, settings: Settings, customer_count: int) -> Histories:
    """Histories of some customers under some settings, known up to a drawn day."""
    as_of_on = draw(st.sampled_from(AS_OF_DAYS))
    customers = [
        draw(customer_history(f"{number:02}", as_of_on, settings.mrr_basis))
        for number in range(customer_count)
    ]
    rows = ([row for rows in column for row in rows] for column in zip(*customers, strict=True))
    return Histories(Inputs(*rows), settings._replace(as_of_on=as_of_on))
