"""Worked examples that can be checked by hand, so that the second method is itself proven.

Here belongs one small case per rule of the re-computation. Comparing it with the models
is the work of test_mrr.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from .mrr import (
    Account,
    BillingCustomer,
    BridgeKey,
    Contract,
    CustomerLink,
    ExchangeRate,
    Inputs,
    InvoiceLine,
    Mrr,
    Product,
    Settings,
    SubscriptionDiscount,
    SubscriptionItem,
    add_months,
    annualised_amounts,
    contracted_periods,
    invoiced_periods,
    item_intervals,
    monthly,
    recompute,
    spread,
    yearly_factor,
)

AS_OF_ON = date(2025, 8, 15)
DEFAULTS = Settings(as_of_on=AS_OF_ON)


def money(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def item(
    item_id: str, amount: str | int, starts: tuple, ends: tuple | None = None, **columns
) -> SubscriptionItem:
    """An interval of an item whose product and subscription are its own."""
    values = {
        "subscription_item_interval_id": f"{item_id}:{starts}",
        "subscription_item_id": item_id,
        "subscription_id": f"subscription of {item_id}",
        "billing_customer_id": "customer",
        "product_id": item_id,
        "valid_from": date(*starts),
        "valid_to": date(*ends) if ends else None,
        "unit_amount": Decimal(amount),
    }
    return SubscriptionItem(**(values | columns))


def line(amount: str | int, starts: tuple, ends: tuple, **columns) -> InvoiceLine:
    """An invoice line of the one item that an example needs."""
    values = {
        "invoice_line_id": f"line {starts} {amount}",
        "subscription_item_id": "item",
        "subscription_id": "subscription",
        "billing_customer_id": "customer",
        "product_id": "product",
        "service_from": date(*starts),
        "service_to": date(*ends),
        "amount": money(amount),
    }
    return InvoiceLine(**(values | columns))


def moved(result: Mrr) -> list[tuple]:
    """The movements as (month and day, type, amount), in order."""
    return [
        (f"{row.occurred_on:%m-%d}", row.movement_type, row.mrr_amount)
        for row in sorted(result.movements, key=lambda row: (row.occurred_on, row.currency))
    ]


def moves(items: Sequence[SubscriptionItem], **settings) -> list[tuple]:
    return moved(recompute(Inputs(subscription_items=items), DEFAULTS._replace(**settings)))


def parts(result: Mrr) -> list[tuple]:
    """The movement items as (product, item, type, amount), in order."""
    return sorted(
        (row.product_id, row.subscription_item_id, row.movement_type, row.mrr_amount)
        for row in result.movement_items
    )


# -- amounts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "interval", "count", "annualised", "mrr"),
    [
        ("1200", "year", 1, "1200", "100"),
        ("100", "year", 1, "100", "8.33"),
        ("2400", "year", 2, "1200", "100"),
        ("600", "half_year", 1, "1200", "100"),
        ("300", "quarter", 1, "1200", "100"),
        ("100", "month", 1, "1200", "100"),
        ("200", "month", 2, "1200", "100"),
        ("30", "week", 1, "1560", "130"),
        ("5", "day", 1, "1825", "152.08"),
        ("100", "month", 7, "171.43", "14.29"),
    ],
)
def test_an_item_is_worth_its_annualised_amount_and_a_twelfth_of_it(
    amount, interval, count, annualised, mrr
):
    row = item(
        "A",
        amount,
        (2025, 1, 1),
        billing_interval=interval,
        billing_interval_count=count,
    )
    (interval,) = item_intervals(Inputs(subscription_items=[row]), DEFAULTS)
    assert (interval.annualised_amount, interval.mrr_amount) == (
        money(annualised),
        money(mrr),
    )


def test_halves_are_rounded_away_from_zero():
    assert monthly(money("12.06")) == money("1.01")
    assert monthly(money("1.14")) == money("0.10")
    assert monthly(money("-12.06")) == money("-1.01")


def test_unit_amount_times_quantity_is_rounded_once():
    row = item("A", "0.004999", (2025, 1, 1), quantity=Decimal(1001))
    (interval,) = item_intervals(Inputs(subscription_items=[row]), DEFAULTS)
    assert interval.mrr_amount == money("5.00")


def test_spread_gives_the_cents_left_over_to_the_largest_remainders():
    assert spread(money("1"), {"a": money(1), "b": money(1), "c": money(1)}) == {
        "a": money("0.34"),
        "b": money("0.33"),
        "c": money("0.33"),
    }
    assert spread(money("0.05"), {"a": money(1), "b": money(3)}) == {
        "a": money("0.01"),
        "b": money("0.04"),
    }
    assert spread(money(0), {"a": money(0)}) == {"a": money(0)}


def discount(key: str, **columns) -> SubscriptionDiscount:
    values = {
        "subscription_discount_id": key,
        "subscription_id": "subscription",
        "valid_from": date(2025, 1, 1),
    }
    return SubscriptionDiscount(**(values | columns))


def discounted(discounts: Sequence[SubscriptionDiscount], *amounts: str | int) -> list[Decimal]:
    """Monthly prices after discounts, of the items a, b, c... of one subscription."""
    items = [
        item(key, amount, (2025, 1, 1), subscription_id="subscription")
        for key, amount in zip("abc", amounts, strict=False)
    ]
    annualised = annualised_amounts(contracted_periods(items, DEFAULTS), discounts, AS_OF_ON)
    return [monthly(annualised[key]) for key in sorted(annualised)]


def test_percent_coupons_compound():
    discounts = [
        discount("1", percent_off=Decimal(20)),
        discount("2", percent_off=Decimal(10)),
    ]
    assert discounted(discounts, 100) == [money(72)]


def test_a_percent_coupon_of_an_item_leaves_the_others_alone():
    discounts = [discount("1", percent_off=Decimal(20), subscription_item_id="a")]
    assert discounted(discounts, 100, 100) == [money(80), money(100)]


def test_fixed_coupons_are_spread_over_the_items_after_percentages():
    discounts = [
        discount("1", amount_off=money(5), currency="CNY"),
        discount("2", amount_off=money(5), currency="CNY"),
        discount("3", percent_off=Decimal(50), subscription_item_id="a"),
        discount("4", amount_off=money(70), currency="USD"),
    ]
    assert discounted(discounts, 100, 50, 50) == [
        money("46.66"),
        money("46.67"),
        money("46.67"),
    ]


def test_a_fixed_coupon_never_takes_more_than_there_is():
    assert discounted([discount("1", amount_off=money(500), currency="CNY")], 100, 50) == [
        money(0),
        money(0),
    ]


@pytest.mark.parametrize(("value", "expected"), [("all", 63), ("forever_only", 70), ("none", 100)])
def test_mrr_discounts(value, expected):
    inputs = Inputs(
        subscription_items=[item("a", 100, (2025, 1, 1), subscription_id="subscription")],
        subscription_discounts=[
            discount("1", percent_off=Decimal(30)),
            discount("2", percent_off=Decimal(10), is_forever=False),
        ],
    )
    (row, *_) = item_intervals(inputs, DEFAULTS._replace(mrr_discounts=value))
    assert row.mrr_amount == expected


def test_a_temporary_discount_reduces_mrr_while_it_holds():
    inputs = Inputs(
        subscription_items=[item("a", 100, (2025, 1, 1), subscription_id="subscription")],
        subscription_discounts=[
            discount(
                "1",
                percent_off=Decimal(30),
                valid_to=date(2025, 4, 1),
                is_forever=False,
            )
        ],
    )
    assert moved(recompute(inputs, DEFAULTS)) == [
        ("01-01", "new", 70),
        ("04-01", "expansion", 30),
    ]


# -- movements -------------------------------------------------------------------------


def test_the_story_of_two_products():
    items = [
        item("A", 100, (2025, 1, 10), (2025, 3, 20)),
        item("B", 50, (2025, 2, 1), (2025, 4, 5)),
        item("A", 100, (2025, 6, 1)),
    ]
    assert moves(items) == [
        ("01-10", "new", 100),
        ("02-01", "expansion", 50),
        ("03-20", "contraction", -100),
        ("04-05", "churn", -50),
        ("06-01", "reactivation", 100),
    ]


def test_only_the_first_mrr_ever_is_first():
    items = [item("A", 100, (2025, 1, 10), (2025, 3, 20)), item("A", 100, (2025, 6, 1))]
    for window in (None, 10):
        settings = DEFAULTS._replace(mrr_reactivation_window_days=window)
        result = recompute(Inputs(subscription_items=items), settings)
        assert [row.is_first_mrr for row in result.movements] == [True, False, False]


@pytest.mark.parametrize(("window", "expected"), [(72, "new"), (73, "reactivation")])
def test_a_return_after_the_window_is_new_again(window, expected):
    items = [item("A", 100, (2025, 1, 10), (2025, 3, 20)), item("A", 100, (2025, 6, 1))]
    assert moves(items, mrr_reactivation_window_days=window)[-1][1] == expected


def test_overlapping_subscriptions_are_expansion_and_contraction():
    items = [item("A", 100, (2025, 1, 1)), item("B", 100, (2025, 2, 1), (2025, 5, 1))]
    assert moves(items)[1:] == [
        ("02-01", "expansion", 100),
        ("05-01", "contraction", -100),
    ]


def test_changes_of_one_day_net_to_one_movement():
    items = [
        item("A", 100, (2025, 1, 1), (2025, 3, 1)),
        item("B", 90, (2025, 3, 1)),
        item("C", 30, (2025, 3, 1)),
    ]
    assert moves(items)[1:] == [("03-01", "expansion", 20)]


def test_annual_to_monthly_at_a_lower_rate_is_contraction():
    items = [
        item("A", 1200, (2025, 1, 1), (2025, 3, 1), billing_interval="year"),
        item("A", 80, (2025, 3, 1)),
    ]
    assert moves(items)[1:] == [("03-01", "contraction", -20)]


def test_an_annual_invoice_counts_in_all_of_its_months():
    items = [item("A", 1200, (2025, 1, 1), billing_interval="year")]
    result = recompute(Inputs(subscription_items=items), DEFAULTS)
    assert [row.mrr_amount for row in result.customer_months] == [100] * 8


def test_switching_currency_is_neither_new_nor_churn():
    items = [
        item("A", 100, (2025, 1, 1), (2025, 3, 1), currency="USD"),
        item("A", 700, (2025, 3, 1), currency="CNY"),
    ]
    rates = [ExchangeRate("USD", "CNY", date(2024, 12, 31), Decimal("7.1"))]
    inputs = Inputs(subscription_items=items, exchange_rates=rates)
    assert moved(recompute(inputs, DEFAULTS))[1:] == [
        ("03-01", "expansion", 700),
        ("03-01", "contraction", -100),
    ]


def test_all_currencies_of_a_fall_to_zero_are_churn():
    items = [
        item("A", 100, (2025, 1, 1), (2025, 3, 1), currency="USD"),
        item("B", 700, (2025, 1, 1), (2025, 3, 1), currency="EUR"),
    ]
    rates = [
        ExchangeRate(code, "CNY", date(2024, 12, 31), Decimal("7.1")) for code in ("USD", "EUR")
    ]
    result = recompute(Inputs(subscription_items=items, exchange_rates=rates), DEFAULTS)
    assert [kind for _, kind, _ in moved(result)] == ["new", "new", "churn", "churn"]


def test_several_billing_customers_are_one_customer():
    inputs = Inputs(
        subscription_items=[
            item("A", 100, (2025, 1, 1), billing_customer_id="b1"),
            item("B", 50, (2025, 2, 1), billing_customer_id="b2"),
            item("C", 20, (2025, 3, 1), billing_customer_id="b3"),
            item("D", 10, (2025, 4, 1), billing_customer_id="b4"),
            item("E", 5, (2025, 5, 1), billing_customer_id="in no table"),
        ],
        billing_customers=[
            BillingCustomer("b1", "account"),
            BillingCustomer("b2", "account"),
            BillingCustomer("b3", "account that is gone"),
            BillingCustomer("b4", "account that is gone"),
        ],
        accounts=[Account("account")],
        customer_links=[CustomerLink("b4", "account")],
    )
    result = recompute(inputs, DEFAULTS)
    assert sorted((row.customer_id, row.movement_type) for row in result.movements) == [
        ("account", "expansion"),
        ("account", "expansion"),
        ("account", "new"),
        ("b3", "new"),
        ("in no table", "new"),
    ]


@pytest.mark.parametrize(
    ("columns", "settings"),
    [
        ({"status": "trialing"}, {}),
        ({"status": "signed"}, {}),
        ({"status": "unpaid"}, {}),
        ({"status": "incomplete"}, {}),
        ({"status": "ended"}, {}),
        ({"status": "paused"}, {}),
        ({"is_metered": True}, {}),
        ({"billing_interval": "one_off"}, {"mrr_metered": True}),
        ({"cancels_on": date(2025, 9, 1)}, {"mrr_cancel_at": "scheduled"}),
        ({"status": "past_due"}, {"mrr_past_due_grace_days": 0}),
    ],
)
def test_what_is_not_mrr(columns, settings):
    assert moves([item("A", 100, (2025, 1, 1), **columns)], **settings) == []


@pytest.mark.parametrize(
    ("columns", "settings"),
    [
        ({"status": "past_due"}, {}),
        ({"status": "paused"}, {"mrr_paused": "unchanged"}),
        ({"is_metered": True}, {"mrr_metered": True}),
        ({"cancels_on": date(2025, 9, 1)}, {}),
    ],
)
def test_what_is_mrr(columns, settings):
    items = [item("A", 100, (2025, 1, 1), **columns)]
    assert moves(items, **settings) == [("01-01", "new", 100)]


def test_a_change_of_price_does_not_restart_the_grace_of_past_due():
    items = [
        item("A", 100, (2025, 1, 1), (2025, 2, 1)),
        item("A", 100, (2025, 2, 1), (2025, 2, 6), status="past_due"),
        item("A", 120, (2025, 2, 6), (2025, 4, 1), status="past_due"),
        item("A", 120, (2025, 4, 1), (2025, 5, 1)),
        item("A", 120, (2025, 5, 1), status="past_due"),
    ]
    assert moves(items, mrr_past_due_grace_days=10)[1:] == [
        ("02-06", "expansion", 20),
        ("02-11", "churn", -120),
        ("04-01", "reactivation", 120),
        ("05-11", "churn", -120),
    ]


def test_a_scheduled_cancellation_is_churn_at_the_end_or_at_once():
    items = [
        item("A", 100, (2025, 1, 1), (2025, 3, 1)),
        item("A", 100, (2025, 3, 1), (2025, 7, 1), cancels_on=date(2025, 7, 1)),
    ]
    assert moves(items)[-1] == ("07-01", "churn", -100)
    assert moves(items, mrr_cancel_at="scheduled")[-1] == ("03-01", "churn", -100)


def test_nothing_is_dated_after_the_last_known_day():
    items = [
        item("A", 100, (2025, 1, 1), (2025, 8, 16)),
        item("B", 50, (2025, 8, 15)),
        item("C", 25, (2025, 8, 16)),
    ]
    result = recompute(Inputs(subscription_items=items), DEFAULTS)
    assert moved(result) == [("01-01", "new", 100), ("08-15", "expansion", 50)]
    assert result.customer_months[-1][2:4] == (date(2025, 8, 1), 150)
    assert [row.is_partial for row in result.customer_months] == [False] * 7 + [True]


# -- movement items --------------------------------------------------------------------


def test_a_swap_of_products_is_expansion_and_transfer():
    items = [item("A", 100, (2025, 1, 1), (2025, 3, 1)), item("B", 120, (2025, 3, 1))]
    result = recompute(Inputs(subscription_items=items), DEFAULTS)
    assert moved(result)[1:] == [("03-01", "expansion", 20)]
    assert parts(result) == [
        ("A", "A", "new", 100),
        ("A", "A", "transfer", -100),
        ("B", "B", "expansion", 20),
        ("B", "B", "transfer", 100),
    ]


def test_a_swap_at_the_same_price_is_a_movement_of_nothing():
    items = [item("A", 100, (2025, 1, 1), (2025, 3, 1)), item("B", 100, (2025, 3, 1))]
    result = recompute(Inputs(subscription_items=items), DEFAULTS)
    assert moved(result)[1:] == [("03-01", "transfer", 0)]
    assert parts(result)[1:] == [
        ("A", "A", "transfer", -100),
        ("B", "B", "transfer", 100),
    ]


def test_a_swap_of_items_of_one_product_at_the_same_price_is_a_transfer_of_nothing():
    items = [
        item("A", 100, (2025, 1, 1), (2025, 3, 1)),
        item("B", 100, (2025, 3, 1), product_id="A"),
    ]
    assert moves(items) == [("01-01", "new", 100), ("03-01", "transfer", 0)]


def test_transfers_within_and_between_products_add_up():
    # Product A falls by 10, P rises by 30 (its items: +25, +25, -20): the net is +20.
    items = [
        item("A", 10, (2025, 1, 1), (2025, 3, 1)),
        item("x", 20, (2025, 1, 1), (2025, 3, 1), product_id="P"),
        item("y", 25, (2025, 3, 1), product_id="P"),
        item("z", 25, (2025, 3, 1), product_id="P"),
    ]
    result = recompute(Inputs(subscription_items=items), DEFAULTS)
    march = [row[3:] for row in result.movement_items if row.occurred_on == date(2025, 3, 1)]
    assert sorted(march) == [
        ("A", "A", "transfer", -10),
        ("P", "x", "transfer", -20),
        ("P", "y", "expansion", 10),
        ("P", "y", "transfer", 15),
        ("P", "z", "expansion", 10),
        ("P", "z", "transfer", 15),
    ]


# -- bridge ----------------------------------------------------------------------------

BRIDGE_INPUTS = Inputs(
    subscription_items=[
        item(
            "A",
            100,
            (2025, 1, 10),
            (2025, 1, 20),
            currency="USD",
            billing_customer_id="b",
        ),
        item(
            "A",
            100,
            (2025, 1, 25),
            (2025, 3, 1),
            currency="USD",
            billing_customer_id="b",
        ),
        item("B", 120, (2025, 3, 1), currency="USD", billing_customer_id="b"),
    ],
    billing_customers=[BillingCustomer("b", "account", country_code="DE")],
    accounts=[Account("account", segment="enterprise")],
    products=[Product("A", "first line")],
    exchange_rates=[
        ExchangeRate("USD", "CNY", date(2024, 12, 31), Decimal(7)),
        ExchangeRate("USD", "CNY", date(2025, 2, 28), Decimal("7.1")),
        ExchangeRate("USD", "CNY", date(2025, 8, 16), Decimal(9)),
        ExchangeRate("USD", "CNY", date(2025, 2, 28), Decimal(8), rate_type="budget"),
    ],
)


def bridged(
    basis: str, conversion: str, slice_name: str, slice_value: str, month: int
) -> dict[str, Decimal]:
    """The amounts that are not 0 in one row of the example's bridge."""
    bridge = recompute(BRIDGE_INPUTS, DEFAULTS).bridge
    currency = "USD" if conversion == "local" else "CNY"
    key = BridgeKey(basis, conversion, currency, slice_name, slice_value, date(2025, month, 1))
    return {column: amount for column, amount in bridge[key].items() if amount != 0}


def test_the_daily_bridge_counts_every_movement():
    assert bridged("daily", "local", "total", "all", 1) == {
        "new": 200 - 100,
        "churn": -100,
        "reactivation": 100,
        "closing": 100,
    }


def test_the_month_end_bridge_counts_the_net_of_the_month():
    assert bridged("month_end", "local", "total", "all", 1) == {
        "new": 100,
        "closing": 100,
    }


def test_fx_is_what_the_rates_did_to_the_opening():
    assert bridged("daily", "reporting", "total", "all", 2) == {
        "opening": 700,
        "fx": 10,
        "closing": 710,
    }


def test_the_open_month_takes_the_latest_rate_known():
    assert bridged("daily", "reporting", "total", "all", 8) == {
        "opening": 852,
        "closing": 852,
    }


@pytest.mark.parametrize("basis", ["daily", "month_end"])
def test_transfers_show_between_product_lines_only(basis):
    assert bridged(basis, "local", "product_line", "first line", 3) == {
        "opening": 100,
        "transfer": -100,
    }
    assert bridged(basis, "local", "product_line", "unknown", 3) == {
        "transfer": 100,
        "expansion": 20,
        "closing": 120,
    }
    for slice_name, slice_value in (("segment", "enterprise"), ("country", "DE")):
        assert bridged(basis, "local", slice_name, slice_value, 3) == {
            "opening": 100,
            "expansion": 20,
            "closing": 120,
        }


def test_a_month_without_a_rate_is_an_error():
    inputs = BRIDGE_INPUTS._replace(exchange_rates=BRIDGE_INPUTS.exchange_rates[1:])
    with pytest.raises(KeyError, match="USD in 2025-01"):
        recompute(inputs, DEFAULTS)


def test_the_measures_of_a_month():
    items = [
        item("A", 100, (2025, 6, 1), (2025, 7, 10), billing_interval="year"),
        item("B", 20, (2025, 7, 1), billing_customer_id="another"),
    ]
    result = recompute(Inputs(subscription_items=items), DEFAULTS)
    months = {row.month_start.month: row for row in result.metrics if row.conversion == "local"}
    june, july = months[6], months[7]
    assert (june.mrr_amount, june.arr_amount, june.customer_count) == (money("8.33"), 100, 1)
    assert (june.mrr_growth_rate, june.quick_ratio) == (None, None)
    assert (july.mrr_amount, july.arr_amount, july.arpa_amount) == (20, 240, 20)
    assert july.mrr_growth_rate == Decimal("1.400960")  # (20.00 - 8.33) / 8.33
    assert july.quick_ratio == Decimal("2.400960")  # 20.00 / 8.33


# -- committed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (item("A", 100, (2025, 1, 1)), 100),
        (item("A", 100, (2025, 1, 1), cancels_on=date(2026, 8, 15)), 0),
        (item("A", 100, (2025, 1, 1), cancels_on=date(2026, 8, 16)), 100),
        (item("A", 100, (2025, 1, 1), cancels_on=date(2025, 8, 1)), 0),
        (item("A", 100, (2025, 1, 1), contract_id="ends inside"), 0),
        (item("A", 100, (2025, 1, 1), contract_id="has ended"), 100),
        (item("A", 100, (2025, 1, 1), contract_id="ends inside and renews"), 100),
        (item("A", 100, (2025, 1, 1), contract_id="ends later"), 100),
        (item("A", 100, (2025, 9, 1), status="signed"), 100),
        (item("A", 100, (2025, 9, 1)), 100),
        (item("A", 100, (2025, 9, 1), status="trialing"), 0),
        (item("A", 100, (2026, 8, 16), status="signed"), 0),
        (item("A", 100, (2025, 1, 1), (2025, 8, 15)), 0),
    ],
)
def test_committed(row, expected):
    inputs = Inputs(
        subscription_items=[row],
        contracts=[
            Contract("ends inside", date(2026, 1, 1), is_auto_renewal=False),
            Contract("ends inside and renews", date(2026, 1, 1), is_auto_renewal=True),
            Contract("has ended", date(2025, 8, 1), is_auto_renewal=False),
            Contract("ends later", date(2027, 1, 1), is_auto_renewal=False),
        ],
    )
    committed = recompute(inputs, DEFAULTS).committed.values()
    assert sum(amounts["committed"] for amounts in committed) == expected


def test_committed_keeps_permanent_discounts_only():
    inputs = Inputs(
        subscription_items=[item("a", 100, (2025, 1, 1), subscription_id="subscription")],
        subscription_discounts=[
            discount("1", percent_off=Decimal(30)),
            discount("2", percent_off=Decimal(10), is_forever=False),
        ],
    )
    for value, expected in (("all", 70), ("forever_only", 70), ("none", 100)):
        settings = DEFAULTS._replace(mrr_discounts=value)
        (amounts,) = recompute(inputs, settings).committed.values()
        assert amounts["committed"] == expected


def test_the_steps_to_committed_add_up():
    inputs = Inputs(
        subscription_items=[
            item("a", 100, (2025, 1, 1), subscription_id="subscription"),
            item("b", 80, (2025, 1, 1), cancels_on=date(2025, 12, 1)),
            item("c", 60, (2025, 1, 1), contract_id="ends inside"),
            item("d", 40, (2025, 9, 1), status="signed"),
            item("e", 20, (2025, 1, 1), (2025, 3, 1)),
            item("e", 30, (2025, 10, 1), status="signed"),
            item("f", 10, (2025, 1, 1), (2025, 9, 1)),
            item("f", 90, (2025, 9, 1)),
        ],
        subscription_discounts=[discount("1", percent_off=Decimal(100), is_forever=False)],
        contracts=[Contract("ends inside", date(2026, 1, 1), is_auto_renewal=False)],
    )
    (amounts,) = recompute(inputs, DEFAULTS).committed.values()
    assert amounts == {
        "active": 80 + 60 + 10,
        "cancelling": -80,
        "expiring": -60,
        "discount_ending": 100,
        "starting": 40 + 30,
        "committed": 180,
        "reporting_committed": 180,
    }


# -- invoiced --------------------------------------------------------------------------


def stretches(*lines: InvoiceLine, **settings) -> list[tuple[date, date | None]]:
    """(from, to) of what the lines bill, without amounts."""
    periods = invoiced_periods(lines, DEFAULTS._replace(**settings))
    return [(period.valid_from, period.valid_to) for period in periods]


def test_months_are_counted_by_anniversary():
    assert add_months(date(2025, 1, 31), 1) == date(2025, 2, 28)
    for starts, ends, months in (
        (date(2025, 1, 31), date(2025, 2, 28), 1),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2025, 1, 15), date(2026, 1, 15), 12),
        (date(2025, 2, 28), date(2025, 3, 31), 1),
    ):
        above, below = yearly_factor(starts, ends)
        assert above / below * months == 12


def test_a_stub_counts_its_days_as_parts_of_an_average_month():
    rows = [line(100, (2025, 7, 1), (2025, 8, 11))]
    (row,) = item_intervals(Inputs(invoice_lines=rows), DEFAULTS._replace(mrr_basis="invoiced"))
    # 1 month and 10 / 30.4375 of one: 100 / 1.328542... = 75.27
    assert (row.annualised_amount, row.mrr_amount) == (money("903.25"), money("75.27"))


def test_the_tiers_of_a_price_are_summed():
    tiers = [line(amount, (2025, 8, 1), (2025, 9, 1)) for amount in (100, 20)]
    (row,) = item_intervals(Inputs(invoice_lines=tiers), DEFAULTS._replace(mrr_basis="invoiced"))
    assert row.mrr_amount == 120


def test_gaps_up_to_45_days_are_bridged():
    first = line(100, (2025, 1, 1), (2025, 2, 1))
    near = line(100, (2025, 3, 18), (2025, 8, 18))
    far = line(100, (2025, 3, 19), (2025, 8, 19))
    assert stretches(first, near)[0] == (date(2025, 1, 1), date(2025, 3, 18))
    assert stretches(first, far)[0] == (date(2025, 1, 1), date(2025, 2, 1))
    assert stretches(first, near, mrr_invoice_gap_days=44)[0][1] == date(2025, 2, 1)


def test_the_later_of_overlapping_lines_wins():
    lines = line(100, (2025, 1, 1), (2025, 7, 1)), line(200, (2025, 3, 1), (2025, 8, 1))
    assert stretches(*lines) == [
        (date(2025, 1, 1), date(2025, 3, 1)),
        (date(2025, 3, 1), None),
    ]


def test_the_last_line_stays_open_while_the_next_may_still_come():
    assert stretches(line(100, (2025, 6, 1), (2025, 7, 2)))[0][1] is None
    assert stretches(line(100, (2025, 6, 1), (2025, 7, 1)))[0][1] == date(2025, 7, 1)


def test_a_charged_proration_dates_the_change_of_price():
    lines = (
        line(100, (2025, 5, 1), (2025, 6, 1)),
        line(50, (2025, 5, 11), (2025, 6, 1), line_kind="proration"),
        line(25, (2025, 5, 21), (2025, 6, 1), line_kind="proration"),
        line(30, (2025, 5, 21), (2025, 5, 28), line_kind="proration"),
        line(200, (2025, 6, 1), (2025, 9, 1)),
    )
    assert stretches(*lines) == [
        (date(2025, 5, 1), date(2025, 5, 21)),
        (date(2025, 5, 21), None),
    ]


@pytest.mark.parametrize("line_kind", ["proration", "credit"])
def test_what_is_given_back_dates_the_end(line_kind):
    recurring = line(1200, (2025, 1, 1), (2026, 1, 1))
    given_back = line(-900, (2025, 4, 1), (2026, 1, 1), line_kind=line_kind)
    assert stretches(recurring, given_back) == [(date(2025, 1, 1), date(2025, 4, 1))]


def test_other_lines_bill_nothing_recurring():
    rows = [
        line(100, (2025, 5, 1), (2025, 6, 1), line_kind=line_kind)
        for line_kind in ("proration", "one_off", "metered", "credit")
    ]
    assert stretches(*rows) == []
