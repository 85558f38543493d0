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
from .test_agreement import ENTITLEMENT_KEY, MODELS
from .warehouse import pay_rows, pay_settings, rows_of


@pytest.fixture(scope="module")
def connection(built_warehouse: Path):
    """The built warehouse of the sample company."""
    with duckdb.connect(str(built_warehouse), read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def pay(connection) -> Pay:
    """The second method on the sample's rows."""
    return Pay(pay_rows(connection), pay_settings(connection))


@pytest.mark.parametrize("model", MODELS)
def test_the_sample_is_paid_as_the_second_method_pays_it(connection, pay, model):
    compared = MODELS[model]
    first = rows_of(connection, "cutoff")[0]["first_period_start"]
    # What was earned before the ledger began is what its opening says.
    is_of_ledger = model == "fct_payout_entitlements"
    rows = [
        row
        for row in rows_of(connection, model)
        # Draws are settled by the ledger's postings.
        if row.get("component_code") != DRAW
        and not (is_of_ledger and row["earning_period_start"] < first)
    ]
    expected = {
        key: told
        for key, told in compared.expected(pay).items()
        if DRAW not in key
        and not (is_of_ledger and key[ENTITLEMENT_KEY.index("earning_period_start")] < first)
    }
    assert len(expected) > 100
    assert differences(expected, compared.found(rows), compared.columns) == []
