"""The pay of the sample company against the second method, to the cent.

Here the models stand on rows as sources bring them, where the company is not invented to suit them:
bills with lines that take something off, deals renewed early, contracts that change hands.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ..test_retention import differences
from .engine import Pay
from .settlement import DRAW
from .test_agreement import ENTITLEMENT_KEY, EVENT_TYPES, MODELS
from .warehouse import pay_rows, pay_settings, rows_of

# Events that the engine does not know; draws are settled by the ledger's postings.
OTHER_EVENTS = ("units", "survey", "customer_anniversary")


@pytest.fixture(scope="module")
def connection(built_warehouse: Path):
    """The built warehouse of the sample company."""
    with duckdb.connect(str(built_warehouse), read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def pay(connection) -> Pay:
    """The second method on the sample's rows."""
    return Pay(pay_rows(connection), pay_settings(connection))


@pytest.fixture(scope="module")
def other_components(connection, pay: Pay) -> set[str]:
    """The components that pay for other events, or share out a pool."""
    rules = [rule for rule in pay.rows.credit_rules if rule.event_type in OTHER_EVENTS]
    pools = rows_of(connection, "payout_pools")
    return {
        DRAW,
        *(rule.component_code for rule in rules),
        *(row["component_code"] for row in pools),
    }


@pytest.mark.parametrize("model", MODELS)
def test_the_sample_is_paid_as_the_second_method_pays_it(connection, pay, other_components, model):
    compared = MODELS[model]
    first = rows_of(connection, "cutoff")[0]["first_period_start"]
    # A slice names its line alone.
    other_lines = {
        row["line_id"]
        for row in rows_of(connection, "fct_payout_lines")
        if row["component_code"] in other_components
    }
    # What was earned before the ledger began is what its opening says.
    is_of_ledger = model == "fct_payout_entitlements"
    rows = [
        row
        for row in rows_of(connection, model)
        if row.get("component_code") not in other_components
        and row.get("line_id") not in other_lines
        and (row.get("event_type") or EVENT_TYPES[0]) in EVENT_TYPES
        and not (is_of_ledger and row["earning_period_start"] < first)
    ]
    expected = {
        key: told
        for key, told in compared.expected(pay).items()
        if not (other_components | other_lines) & set(map(str, key))
        and not (is_of_ledger and key[ENTITLEMENT_KEY.index("earning_period_start")] < first)
    }
    assert len(expected) > 100
    assert differences(expected, compared.found(rows), compared.columns) == []
