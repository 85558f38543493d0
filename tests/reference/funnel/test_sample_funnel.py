"""The funnel of the sample company against the second method, deal by deal and to the cent.

Here the models stand on rows as Salesforce's connector brings them: histories in two forms, deals
without any, names that no seed knows.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import duckdb
import pytest

from ..pay.warehouse import pay_settings, rows_of, table_rows
from ..test_retention import differences
from .conversions import Conversions, LeadLink, Visit
from .rows import FunnelRows, FunnelSettings
from .test_conversions import MODELS as CONVERSIONS
from .test_funnel import MODELS, Company


@pytest.fixture(scope="module")
def connection(built_warehouse: Path):
    """The built warehouse of the sample company."""
    with duckdb.connect(str(built_warehouse), read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def company(connection) -> Company:
    """The second method on the sample's rows."""
    known = pay_settings(connection)
    rows = {
        table: table_rows(connection, table, get_args(kind)[0])
        for table, kind in get_type_hints(FunnelRows).items()
    }
    settings = FunnelSettings(known.as_of_on, known.fiscal_year_start_month)
    return Company(FunnelRows(**rows), settings)


@pytest.mark.parametrize("model", MODELS)
def test_the_samples_funnel_is_what_the_second_method_says(connection, company, model):
    compared = MODELS[model]
    expected = compared.expected(company)
    assert len(expected) > 100
    found = compared.found(rows_of(connection, model))
    assert differences(expected, found, compared.columns) == []


@pytest.fixture(scope="module")
def visits(connection) -> list[Visit]:
    """The visits of the sample's leads and deals."""
    return table_rows(connection, "fct_stage_visits", Visit)


def conversion_differences(connection, mart: str, visits: list[Visit]) -> list[str]:
    """Where a mart of conversions does not say what follows from some visits."""
    compared = CONVERSIONS[mart]
    orders = {row["stage_code"]: row["stage_order"] for row in rows_of(connection, "funnel_stages")}
    leads = table_rows(connection, "leads", LeadLink)
    expected = compared.expected(Conversions(visits, leads, orders))
    assert len(expected) > 100
    return differences(expected, compared.found(rows_of(connection, mart)), compared.columns)


@pytest.mark.parametrize("mart", CONVERSIONS)
def test_the_samples_conversions_follow_from_its_visits(connection, visits, mart):
    assert conversion_differences(connection, mart, visits) == []


@pytest.mark.parametrize("mart", CONVERSIONS)
def test_a_visit_too_few_is_noticed(connection, visits, mart):
    first = next(row for row in visits if row.stage_code == "qualified" and row.left_on)
    fewer = [row for row in visits if row != first]
    assert conversion_differences(connection, mart, fewer) != []
