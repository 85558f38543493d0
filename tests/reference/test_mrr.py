"""The revenue marts against the second method, on thousands of invented histories.

Here belongs the comparison, row by row and to the cent, for the defaults and for each
value of each var. What the right answer is stands in mrr.py and its examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, settings

from .harness import CompiledProject, Compiler
from .mrr import (
    BRIDGE_COLUMNS,
    COMMITTED_COLUMNS,
    Inputs,
    Mrr,
    Settings,
    SubscriptionItem,
    last_day,
    recompute,
)
from .strategies import Histories, histories

MARTS = (
    "fct_mrr_movements",
    "fct_mrr_movement_items",
    "fct_mrr_by_customer_month",
    "fct_mrr_bridge_by_month",
    "fct_mrr_metrics_by_month",
    "fct_committed_mrr_by_customer",
)
GIVEN = {
    "input_subscription_items": "subscription_items",
    "input_subscription_discounts": "subscription_discounts",
    "input_invoice_lines": "invoice_lines",
    "input_billing_customers": "billing_customers",
    "input_accounts": "accounts",
    "input_products": "products",
    "input_contracts": "contracts",
    "exchange_rates": "exchange_rates",
    "customer_links": "customer_links",
}
DEFAULTS = Settings(as_of_on=date(2025, 8, 15))
OTHER_SETTINGS = (
    {"mrr_discounts": "forever_only"},
    {"mrr_discounts": "none"},
    {"mrr_cancel_at": "scheduled"},
    {"mrr_paused": "unchanged"},
    {"mrr_past_due_grace_days": 0},
    {"mrr_past_due_grace_days": 30},
    {"mrr_reactivation_window_days": 60},
    {"mrr_metered": True},
    {"mrr_basis": "invoiced"},
    {"mrr_basis": "invoiced", "mrr_invoice_gap_days": 1},
    {"committed_mrr_horizon_months": 3},
    {"reporting_currency": "USD"},
)


def checked(example_count: int):
    """Hypothesis settings: the same examples every time, and no shrinking, which would take
    minutes: `smallest` does it in seconds, because it knows customers and rows.
    """
    return settings(
        max_examples=example_count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        verbosity=Verbosity.quiet,
        suppress_health_check=(
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ),
    )


@pytest.fixture(scope="module")
def compiler():
    """Compiles the models for all settings below, in the order in which they are tested."""
    ahead = Compiler(MARTS)
    for changed in ({}, *OTHER_SETTINGS):
        ahead.announce(DEFAULTS._replace(**changed).dbt_vars)
    yield ahead
    ahead.close()


def modelled(project: CompiledProject, drawn: Histories) -> dict[str, list[dict[str, object]]]:
    """What the models make of the histories."""
    inputs = drawn.inputs
    rows = {
        name: [row._asdict() for row in getattr(inputs, field)] for name, field in GIVEN.items()
    }
    return project.run(rows, drawn.settings.as_of_on)


# -- rows of both methods in one form: what identifies a row, and what it says ---------

Told = dict[tuple, tuple]


def told(rows: Iterable[Mapping[str, object]], key: Sequence[str], values: Sequence[str]) -> Told:
    """A mart's rows by key; fails on two rows of one key."""
    by_key: Told = {}
    for row in rows:
        row_key = tuple(row[column] for column in key)
        assert row_key not in by_key, f"two rows of {row_key}"
        by_key[row_key] = tuple(row[column] for column in values)
    return by_key


def told_rows(rows: Iterable[NamedTuple], key_length: int) -> Told:
    """Reference rows by their first columns."""
    return {row[:key_length]: row[key_length:] for row in rows}


def movement_key(customer_id: str, currency: str, occurred_on: date) -> str:
    """The published key of a movement."""
    return f"mrr:{customer_id}:{currency}:{occurred_on}"


def expected_marts(result: Mrr, chosen: Settings) -> dict[str, Told]:
    """What each mart should say."""

    def is_partial(month_start: date) -> bool:
        return chosen.as_of_on < last_day(month_start)

    return {
        "fct_mrr_movements": {
            row[:3]: (movement_key(*row[:3]), *row[3:]) for row in result.movements
        },
        "fct_mrr_movement_items": {
            row[:-1]: (movement_key(*row[:3]), row[-1]) for row in result.movement_items
        },
        "fct_mrr_by_customer_month": told_rows(result.customer_months, 3),
        "fct_mrr_bridge_by_month": {
            tuple(key): (
                *amounts.values(),
                is_partial(key.month_start),
                is_partial(key.month_start) and key.conversion == "reporting",
            )
            for key, amounts in result.bridge.items()
            if any(amounts.values())
        },
        "fct_mrr_metrics_by_month": {
            row[:3]: row[3:] for row in result.metrics if has_or_had_mrr(row._asdict())
        },
        "fct_committed_mrr_by_customer": {
            key: tuple(amounts.values())
            for key, amounts in result.committed.items()
            if any(amounts.values())
        },
    }


def has_or_had_mrr(metrics: Mapping[str, object]) -> bool:
    """Whether a month has MRR at its start or end; the others hold at most cents of ARR."""
    return bool(metrics["customer_count"]) or metrics["mrr_growth_rate"] is not None


def found_marts(marts: Mapping[str, list[dict[str, object]]]) -> dict[str, Told]:
    """What each mart says; a row that sums nothing up is equal to no row."""
    grain = ("customer_id", "currency", "occurred_on")
    committed_amounts = [f"{column}_mrr_amount" for column in COMMITTED_COLUMNS]
    bridge_amounts = [f"{column}_mrr_amount" for column in BRIDGE_COLUMNS]
    return {
        "fct_mrr_movements": told(
            marts["fct_mrr_movements"],
            grain,
            (
                "movement_key",
                "movement_type",
                "opening_mrr_amount",
                "mrr_amount",
                "closing_mrr_amount",
                "annualised_amount",
                "is_first_mrr",
            ),
        ),
        "fct_mrr_movement_items": told(
            marts["fct_mrr_movement_items"],
            (*grain, "product_id", "subscription_item_id", "movement_type"),
            ("movement_key", "mrr_amount"),
        ),
        "fct_mrr_by_customer_month": told(
            marts["fct_mrr_by_customer_month"],
            ("customer_id", "currency", "month_start"),
            (
                "mrr_amount",
                "annualised_amount",
                "reporting_mrr_amount",
                "reporting_annualised_amount",
                "is_partial",
            ),
        ),
        "fct_mrr_bridge_by_month": told(
            (
                row
                for row in marts["fct_mrr_bridge_by_month"]
                if any(row[column] for column in bridge_amounts)
            ),
            ("basis", "conversion", "currency", "slice", "slice_value", "month_start"),
            (*bridge_amounts, "is_partial", "is_rate_provisional"),
        ),
        "fct_mrr_metrics_by_month": told(
            filter(has_or_had_mrr, marts["fct_mrr_metrics_by_month"]),
            ("conversion", "currency", "month_start"),
            (
                "mrr_amount",
                "arr_amount",
                "customer_count",
                "arpa_amount",
                "mrr_growth_rate",
                "quick_ratio",
                "is_partial",
            ),
        ),
        "fct_committed_mrr_by_customer": told(
            (
                row
                for row in marts["fct_committed_mrr_by_customer"]
                if any(row[column] for column in committed_amounts)
            ),
            ("customer_id", "currency"),
            committed_amounts,
        ),
    }


def differences(expected: Told, found: Told) -> list[str]:
    """The rows on which two methods disagree, a line each."""
    return [
        f"{key}: reference {readable(expected.get(key))}, model {readable(found.get(key))}"
        for key in sorted({*expected, *found}, key=str)
        if expected.get(key) != found.get(key)
    ]


def readable(values: tuple | None) -> str:
    """A row's values as text."""
    if values is None:
        return "has no such row"
    return " ".join(f"{value:f}" if isinstance(value, Decimal) else str(value) for value in values)


def disagreement(project: CompiledProject, drawn: Histories) -> str | None:
    """The first mart that says anything else than the reference, with the rows; or None."""
    expected = expected_marts(recompute(drawn.inputs, drawn.settings), drawn.settings)
    found = found_marts(modelled(project, drawn))
    for name in MARTS:
        differing = differences(expected[name], found[name])
        if differing:
            return "\n".join([name, *differing[:20]])
    return None


def smallest(project: CompiledProject, drawn: Histories) -> Histories:
    """Histories with as few rows as still show a disagreement: halves first, then rows."""
    length = len(drawn.rows())
    while length > 0:
        rows = drawn.rows()
        for start in range(0, len(rows), length):
            fewer = drawn.without(rows[start : start + length])
            if disagreement(project, fewer):
                drawn = fewer
        length //= 2
    return drawn


def check_agreement(project: CompiledProject, chosen: Settings, customers: int, examples: int):
    """Compare both methods on examples of so many customers each."""

    @given(histories(chosen, customer_count=customers))
    @checked(examples)
    def agree(drawn):
        if disagreement(project, drawn):
            least = smallest(project, drawn)
            pytest.fail(f"{disagreement(project, least)}\n{least}", pytrace=False)

    agree()


def test_marts_agree_with_the_reference(compiler):
    check_agreement(compiler.project(DEFAULTS.dbt_vars), DEFAULTS, customers=25, examples=100)


class OneCentDearer(NamedTuple):
    """The models, on rows in which one item costs a cent more than the reference is told."""

    project: CompiledProject

    def run(self, rows: Mapping[str, list[dict]], as_of_on: date) -> dict[str, list[dict]]:
        """The marts of the changed rows."""
        dearer = [
            {**row, "unit_amount": row["unit_amount"] + Decimal("0.01")}
            if row["subscription_item_id"] == "test:item 1"
            else row
            for row in rows["input_subscription_items"]
        ]
        return self.project.run({**rows, "input_subscription_items": dearer}, as_of_on)


def test_a_cent_is_noticed_and_its_row_is_named(compiler):
    items = [
        SubscriptionItem(
            subscription_item_interval_id=f"test:item {number}",
            subscription_item_id=f"test:item {number}",
            subscription_id=f"test:subscription {number}",
            billing_customer_id=f"test:billing {number}",
            product_id="test:base",
            valid_from=date(2025, 3, 1),
            unit_amount=Decimal(100),
        )
        for number in range(3)
    ]
    drawn = Histories(Inputs(subscription_items=items), DEFAULTS)
    project = compiler.project(DEFAULTS.dbt_vars)
    assert disagreement(project, drawn) is None
    assert "reference" in disagreement(OneCentDearer(project), drawn)
    assert smallest(OneCentDearer(project), drawn).rows() == [items[1]]


@pytest.mark.parametrize(
    "changed",
    OTHER_SETTINGS,
    ids=lambda changed: ",".join(f"{name}={value}" for name, value in changed.items()),
)
def test_marts_agree_for_each_value_of_each_var(compiler, changed):
    chosen = DEFAULTS._replace(**changed)
    customers = 12 if chosen.mrr_basis == "invoiced" else 25
    check_agreement(compiler.project(chosen.dbt_vars), chosen, customers, examples=400 // customers)
