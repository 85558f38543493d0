"""The marts of retention and customer value against the second method, on invented companies.

Here belongs the comparison, row by row and to the last digit, for the defaults and for other
settings. What the right answer is stands in retention.py, renewals.py, surveys.py, value.py and
health.py, and its examples in test_retention_examples.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given

from .companies import InventedCompany, companies
from .contracts import ContractMonth, contract_months
from .harness import CompiledProject, Compiler
from .known import Known
from .mrr import Settings
from .retention import Retention, retention
from .test_mrr import GIVEN, Told, checked, readable, told

MORE_GIVEN = {
    "input_opportunities": "opportunities",
    "input_payments": "payments",
    "input_subscription_cancellations": "cancellations",
    "input_survey_responses": "survey_responses",
    "input_campaigns": "campaigns",
    "input_campaign_touches": "campaign_touches",
    "input_acquisition_costs": "acquisition_costs",
    "input_gross_margins": "gross_margins",
    "input_product_usage": "product_usage",
    "input_support_cases": "support_cases",
    "input_users": "users",
}
# What a row of each mart says, and how many of its first columns are its key.
MARTS: dict[str, tuple[type, int]] = {
    "fct_retention_by_month": (Retention, 4),
    "fct_mrr_metrics_by_month": (ContractMonth, 3),
}
# Which months that mart has is the bridge's choice, which test_mrr.py compares.
ROWS_TESTED_ELSEWHERE = ("fct_mrr_metrics_by_month",)
DEFAULTS = Settings(as_of_on=date(2025, 8, 15))
OTHER_SETTINGS: tuple[dict[str, object], ...] = ()


@pytest.fixture(scope="module")
def compiler():
    """Compiles the models for all settings below, in the order in which they are tested."""
    ahead = Compiler(MARTS)
    for changed in ({}, *OTHER_SETTINGS):
        ahead.announce(DEFAULTS._replace(**changed).dbt_vars)
    yield ahead
    ahead.close()


def modelled(project: CompiledProject, invented: InventedCompany) -> Mapping[str, list[dict]]:
    """What the models make of a company."""
    company = invented.company
    tables = {
        **{name: getattr(company.mrr, field) for name, field in GIVEN.items()},
        **{name: getattr(company, field) for name, field in MORE_GIVEN.items()},
    }
    rows = {name: [row._asdict() for row in table] for name, table in tables.items()}
    return project.run(rows, invented.settings.as_of_on)


def expected(invented: InventedCompany) -> dict[str, Iterable[NamedTuple]]:
    """What each mart should say."""
    known = Known(invented.company, invented.settings)
    return {
        "fct_retention_by_month": retention(known),
        "fct_mrr_metrics_by_month": contract_months(known),
    }


def disagreements(project: CompiledProject, invented: InventedCompany) -> dict[str, list[str]]:
    """By mart, the rows on which it and the reference disagree."""
    should, found = expected(invented), modelled(project, invented)
    wrong = {}
    for name in project.marts:
        row_type, key_length = MARTS[name]
        key, values = row_type._fields[:key_length], row_type._fields[key_length:]
        rows = told((row._asdict() for row in should[name]), key, values)
        mart_rows = told(found[name], key, values)
        if name in ROWS_TESTED_ELSEWHERE:
            rows = {row_key: rows.get(row_key) for row_key in mart_rows}
        if lines := differences(rows, mart_rows, values):
            wrong[name] = lines
    return wrong


def differences(expected_rows: Told, found: Told, columns: Sequence[str]) -> list[str]:
    """The rows on which two methods disagree, a line each, with the columns that differ."""
    lines = []
    for key in sorted({*expected_rows, *found}, key=str):
        left, right = expected_rows.get(key), found.get(key)
        if left is None or right is None:
            lines.append(f"{key}: reference {readable(left)}, model {readable(right)}")
        elif left != right:
            differing = [place for place in range(len(columns)) if left[place] != right[place]]
            lines += [
                f"{key} {columns[place]}: reference {left[place]}, model {right[place]}"
                for place in differing
            ]
    return lines


def smallest(project: CompiledProject, invented: InventedCompany, mart: str) -> InventedCompany:
    """A company with as few rows as still show a mart's disagreement."""
    length = len(invented.rows())
    while length > 0:
        rows = invented.rows()
        for start in range(0, len(rows), length):
            fewer = invented.without(rows[start : start + length])
            if mart in disagreements(project, fewer):
                invented = fewer
        length //= 2
    return invented


def check_agreement(project: CompiledProject, chosen: Settings, customers: int, examples: int):
    """Compare both methods on some companies of so many customers each."""

    @given(companies(chosen, customers))
    @checked(examples)
    def agree(invented):
        wrong = disagreements(project, invented)
        if wrong:
            mart = next(iter(wrong))
            least = smallest(project, invented, mart)
            lines = disagreements(project, least)[mart][:20]
            pytest.fail("\n".join([mart, *lines, repr(least)]), pytrace=False)

    agree()


def test_marts_agree_with_the_reference(compiler):
    check_agreement(compiler.project(DEFAULTS.dbt_vars), DEFAULTS, customers=150, examples=12)
