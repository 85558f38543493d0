"""The marts of retention and customer value against the second method, on invented companies.

Here belongs the comparison, row by row and to the last digit, for the defaults and for other
settings; contracts and bookings, which MRR leaves out, are compared here, too. What the right
answer is stands in retention.py, renewals.py, surveys.py, value.py, contracts.py and
bookings.py, and its examples in test_retention_examples.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .bookings import Booking, Unbooked, bookings, deals
from .companies import CHANNELS, InventedCompany, companies
from .contracts import ContractMonth, contract_months
from .harness import CompiledProject, Compiler
from .health import COMPONENTS, SCORE, Health, Healths, RenewalAtRisk, renewals_at_risk
from .known import (
    AcquisitionCost,
    Campaign,
    Cancellation,
    Company,
    GrossMargin,
    Known,
    Opportunity,
    ProductUsage,
    SurveyResponse,
)
from .mrr import Account, BillingCustomer, Contract, Inputs, Settings, SubscriptionItem
from .renewals import Churn, Churns, Renewal, RenewalRates, renewal_rates, renewals
from .retention import CohortMonth, Retention, cohorts, retention
from .strategies import PRODUCTS
from .surveys import NpsHistory, NpsMonth, SatisfactionMonth, answers, nps, satisfaction
from .test_mrr import GIVEN, Told, checked, readable, told
from .value import (
    REFERRAL_CHANNELS,
    ChannelMonth,
    CustomerValue,
    SegmentRates,
    SegmentValue,
    acquisition_costs,
    channels,
    customer_values,
    segment_rates,
    segment_values,
)

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
    "fct_cohort_retention": (CohortMonth, 2),
    "fct_renewals": (Renewal, 1),
    "fct_renewal_rates_by_month": (RenewalRates, 3),
    "fct_churns": (Churn, 3),
    "fct_acquisition_costs_by_channel_month": (ChannelMonth, 2),
    "fct_value_rates_by_segment_month": (SegmentRates, 2),
    "fct_customer_value": (CustomerValue, 1),
    "fct_customer_value_by_segment_month": (SegmentValue, 2),
    "fct_nps_by_month": (NpsMonth, 3),
    "fct_csat_by_month": (SatisfactionMonth, 3),
    "fct_ces_by_month": (SatisfactionMonth, 3),
    "fct_customer_health_by_quarter": (Health, 2),
    "fct_renewals_at_risk": (RenewalAtRisk, 1),
    "fct_mrr_metrics_by_month": (ContractMonth, 3),
}
BOOKING_MARTS: dict[str, tuple[type, int]] = {
    "fct_bookings_vs_billing": (Booking, 1),
    "fct_billing_without_booking": (Unbooked, 3),
}
# The rates of the two scales of satisfaction are called after them.
RENAMED = {"fct_csat_by_month": "csat_rate", "fct_ces_by_month": "ces_rate"}
# Which months that mart has is the bridge's choice, which test_mrr.py compares.
ROWS_TESTED_ELSEWHERE = ("fct_mrr_metrics_by_month",)
CAMPAIGN_CHANNELS = [
    {
        "source_system": "test",
        "source_type": channel,
        "channel": channel,
        "is_referral": channel in REFERRAL_CHANNELS,
    }
    for channel in CHANNELS
]
DEFAULTS = Settings(as_of_on=date(2025, 8, 15))
OTHER_SETTINGS = DEFAULTS._replace(
    reporting_currency="USD",
    mrr_reactivation_window_days=60,
    mrr_past_due_grace_days=30,
    contract_match_days=0,
    acquisition_touch_days=30,
    renewal_grace_days=1,
    renewal_risk_days=30,
    churn_payment_failure_days=10,
    clv_discount_rate=Decimal(0),
)


@pytest.fixture(scope="module")
def compiler():
    """Compiles the models for both settings, in the order in which they are tested."""
    ahead = Compiler((*MARTS, *BOOKING_MARTS))
    for chosen in (DEFAULTS, OTHER_SETTINGS):
        ahead.announce(chosen.dbt_vars)
    yield ahead
    ahead.close()


Tables = Mapping[str, list[dict[str, object]]]


def tables_of(invented: InventedCompany) -> Tables:
    """The rows that are given to the models."""
    company = invented.company
    tables = {
        **{name: getattr(company.mrr, field) for name, field in GIVEN.items()},
        **{name: getattr(company, field) for name, field in MORE_GIVEN.items()},
    }
    given_rows = {name: [row._asdict() for row in table] for name, table in tables.items()}
    components = [row._asdict() for row in (*COMPONENTS, SCORE)]
    seeds = {"campaign_channels": CAMPAIGN_CHANNELS, "health_components": components}
    return {**given_rows, **seeds}


def expected(invented: InventedCompany) -> Mapping[str, Iterable[NamedTuple]]:
    """What each mart should say."""
    known = Known(invented.company, invented.settings)
    given_answers = answers(known)
    nps_history = NpsHistory(given_answers)
    due = renewals(known, nps_history)
    healths = Healths(known, given_answers, nps_history).rows()
    channel_of = channels(known)
    costs, rates = acquisition_costs(known, channel_of), segment_rates(known, channel_of)
    return {
        "fct_retention_by_month": retention(known),
        "fct_cohort_retention": cohorts(known),
        "fct_renewals": due,
        "fct_renewal_rates_by_month": renewal_rates(known, due),
        "fct_churns": Churns(known, nps_history).rows(),
        "fct_acquisition_costs_by_channel_month": costs,
        "fct_value_rates_by_segment_month": rates,
        "fct_customer_value": customer_values(known, channel_of, rates, costs),
        "fct_customer_value_by_segment_month": segment_values(known, rates, costs),
        "fct_nps_by_month": nps(known, given_answers),
        "fct_csat_by_month": satisfaction(known, given_answers, "csat"),
        "fct_ces_by_month": satisfaction(known, given_answers, "ces"),
        "fct_customer_health_by_quarter": healths,
        "fct_renewals_at_risk": renewals_at_risk(known, nps_history, due, healths),
        "fct_mrr_metrics_by_month": contract_months(known),
    }


def expected_bookings(invented: InventedCompany) -> Mapping[str, Iterable[NamedTuple]]:
    """What each mart of bookings should say."""
    return dict(
        zip(BOOKING_MARTS, bookings(Known(invented.company, invented.settings)), strict=True)
    )


class Comparison(NamedTuple):
    """Two methods for some marts: the models, compiled, and the reference."""

    project: CompiledProject
    marts: Mapping[str, tuple[type, int]]
    expected: Callable[[InventedCompany], Mapping[str, Iterable[NamedTuple]]]

    def disagreements(
        self, invented: InventedCompany, changed: Tables | None = None
    ) -> dict[str, list[str]]:
        """By mart, the rows on which the methods disagree; the models may be told otherwise."""
        should = self.expected(invented)
        tables = {**tables_of(invented), **(changed or {})}
        found = self.project.run(tables, invented.settings.as_of_on)
        wrong = {}
        for name, (row_type, key_length) in self.marts.items():
            for row in found[name] if name in RENAMED else ():
                row["satisfied_rate"] = row[RENAMED[name]]
            key, values = row_type._fields[:key_length], row_type._fields[key_length:]
            rows = told((row._asdict() for row in should[name]), key, values)
            mart_rows = told(found[name], key, values)
            if name in ROWS_TESTED_ELSEWHERE:
                rows = {row_key: rows.get(row_key) for row_key in mart_rows}
            if lines := differences(rows, mart_rows, values):
                wrong[name] = lines
        return wrong

    def smallest(self, invented: InventedCompany, mart: str) -> InventedCompany:
        """A company with as few rows as still show a mart's disagreement."""
        length = len(invented.rows())
        while length > 0:
            rows = invented.rows()
            for start in range(0, len(rows), length):
                fewer = invented.without(rows[start : start + length])
                if mart in self.disagreements(fewer):
                    invented = fewer
            length //= 2
        return invented

    def check(self, invented_companies: st.SearchStrategy[InventedCompany], examples: int) -> None:
        """Compare both methods on some companies."""

        @given(invented_companies)
        @checked(examples)
        def agree(invented):
            wrong = self.disagreements(invented)
            if wrong:
                mart = next(iter(wrong))
                least = self.smallest(invented, mart)
                lines = [*wrong[mart][:5], "and at least", *self.disagreements(least)[mart][:20]]
                pytest.fail("\n".join([mart, *lines, least.told()]), pytrace=False)

        agree()


def differences(expected_rows: Told, found: Told, columns: Sequence[str]) -> list[str]:
    """The rows on which two methods disagree, a line for each column that differs."""
    lines = []
    for key in sorted({*expected_rows, *found}, key=str):
        left, right = expected_rows.get(key), found.get(key)
        if left is None or right is None:
            if left != right:
                lines.append(f"{key}: reference {readable(left)}, model {readable(right)}")
            continue
        lines += [
            f"{key} {column}: reference {one}, model {other}"
            for column, one, other in zip(columns, left, right, strict=True)
            if one != other
        ]
    return lines


def compared(compiler: Compiler, chosen: Settings) -> Comparison:
    """Both methods for the marts that look at customers."""
    project = compiler.project(chosen.dbt_vars).narrowed(MARTS)
    return Comparison(project, MARTS, expected)


def compared_bookings(compiler: Compiler, chosen: Settings) -> Comparison:
    """Both methods for the marts that look at deals."""
    project = compiler.project(chosen.dbt_vars).narrowed(BOOKING_MARTS)
    return Comparison(project, BOOKING_MARTS, expected_bookings)


def test_marts_agree_with_the_reference(compiler):
    compared(compiler, DEFAULTS).check(companies(DEFAULTS, 150), examples=12)


def test_bookings_agree_with_the_reference(compiler):
    compared_bookings(compiler, DEFAULTS).check(deals(DEFAULTS, 60), examples=8)


def test_marts_agree_with_other_settings(compiler):
    compared(compiler, OTHER_SETTINGS).check(companies(OTHER_SETTINGS, 100), examples=6)


def test_bookings_agree_with_other_settings(compiler):
    compared_bookings(compiler, OTHER_SETTINGS).check(deals(OTHER_SETTINGS, 40), examples=3)


# -- planted faults --------------------------------------------------------------------

CUSTOMER = ("test:account", "test:billing")


def company_of_one() -> InventedCompany:
    """A company that has something for every mart to say, of one customer."""
    account_id, billing_customer_id = CUSTOMER
    day = date(2025, 3, 1)
    inputs = Inputs(
        subscription_items=[
            SubscriptionItem(
                f"test:item {place}",
                f"test:item {place}",
                f"test:subscription {place}",
                billing_customer_id,
                "test:base",
                day,
                ends,
                unit_amount=Decimal(100),
            )
            for place, ends in enumerate((date(2025, 7, 5), date(2025, 7, 5)))
        ],
        billing_customers=[BillingCustomer(billing_customer_id, account_id)],
        accounts=[Account(account_id)],
        products=PRODUCTS,
        contracts=[
            Contract(
                f"test:contract {ends}",
                ends,
                account_id=account_id,
                service_start_on=date(2024, 9, 1),
                contract_months=12,
                amount=Decimal(1200),
                currency="CNY",
            )
            for ends in (date(2025, 7, 1), date(2025, 9, 1))
        ],
    )
    company = Company(
        inputs,
        opportunities=[
            Opportunity(
                "test:deal",
                account_id,
                day,
                campaign_id="test:campaign",
                amount=Decimal(1200),
                currency="CNY",
                contract_months=12,
            )
        ],
        cancellations=[Cancellation("test:subscription 0", day, reason="price")],
        survey_responses=[
            SurveyResponse(
                f"test:{survey_type}",
                survey_type,
                Decimal(5),
                f"{day} 01:00:00",
                day,
                account_id,
                scale_max=7,
                satisfied_from=None if survey_type == "nps" else 5,
            )
            for survey_type in ("nps", "csat", "ces")
        ],
        campaigns=[Campaign("test:campaign", CHANNELS[0])],
        acquisition_costs=[AcquisitionCost("test:cost", day, CHANNELS[0], Decimal(500))],
        gross_margins=[GrossMargin("test:margin", "platform", day, Decimal("0.8"))],
        product_usage=[ProductUsage("test:usage", account_id, day, 7, 10)],
    )
    return InventedCompany(company, DEFAULTS)


def planted(table: str, column: str, value: object) -> Tables:
    """The rows of a table of the company of one, its first row with another value."""
    first, *others = tables_of(company_of_one())[table]
    return {table: [{**first, column: value}, *others]}


FAULTS = {
    "fct_retention_by_month": ("input_subscription_items", "unit_amount", Decimal("100.01")),
    "fct_cohort_retention": ("input_subscription_items", "unit_amount", Decimal("100.01")),
    "fct_renewals": ("input_contracts", "amount", Decimal("1200.01")),
    "fct_renewal_rates_by_month": ("input_contracts", "status", "draft"),
    "fct_churns": ("input_subscription_cancellations", "reason", "bugs"),
    "fct_acquisition_costs_by_channel_month": (
        "input_acquisition_costs",
        "amount",
        Decimal("500.01"),
    ),
    "fct_value_rates_by_segment_month": ("input_subscription_items", "valid_to", None),
    "fct_customer_value": ("input_gross_margins", "gross_margin_rate", Decimal("0.8001")),
    "fct_customer_value_by_segment_month": (
        "input_gross_margins",
        "gross_margin_rate",
        Decimal("0.8001"),
    ),
    "fct_nps_by_month": ("input_survey_responses", "score", Decimal(7)),
    "fct_csat_by_month": ("input_survey_responses", "survey_type", "csat"),
    "fct_ces_by_month": ("input_survey_responses", "survey_type", "ces"),
    "fct_customer_health_by_quarter": ("input_product_usage", "active_user_count", 8),
    "fct_renewals_at_risk": ("input_contracts", "service_end_on", date(2025, 8, 20)),
    "fct_mrr_metrics_by_month": ("input_contracts", "amount", Decimal("1200.01")),
    "fct_bookings_vs_billing": ("input_opportunities", "amount", Decimal("1200.12")),
    "fct_billing_without_booking": ("input_opportunities", "closed_on", date(2025, 1, 1)),
}


def test_every_mart_has_a_planted_fault_and_without_one_there_is_no_difference(compiler):
    assert {*MARTS, *BOOKING_MARTS} == {*FAULTS}
    for comparison in (compared(compiler, DEFAULTS), compared_bookings(compiler, DEFAULTS)):
        assert comparison.disagreements(company_of_one()) == {}


@pytest.mark.parametrize(
    "fault", sorted(set(FAULTS.values()), key=str), ids=lambda fault: ".".join(fault[:2])
)
def test_a_planted_fault_is_noticed(compiler, fault):
    found = {}
    for comparison in (compared(compiler, DEFAULTS), compared_bookings(compiler, DEFAULTS)):
        found |= comparison.disagreements(company_of_one(), planted(*fault))
    assert {name for name, planted_fault in FAULTS.items() if planted_fault == fault} <= {*found}


def test_the_rows_that_show_a_difference_are_found(compiler):
    class CentDearer(NamedTuple):
        """The models, told that everything costs a cent more than it does."""

        project: CompiledProject

        def run(self, tables: Tables, as_of_on: date) -> Tables:
            costs = [
                {**row, "amount": row["amount"] + Decimal("0.01")}
                for row in tables["input_acquisition_costs"]
            ]
            return self.project.run({**tables, "input_acquisition_costs": costs}, as_of_on)

    mart = "fct_acquisition_costs_by_channel_month"
    project = CentDearer(compiler.project(DEFAULTS.dbt_vars).narrowed([mart]))
    comparison = Comparison(project, {mart: MARTS[mart]}, expected)
    invented = company_of_one()
    assert comparison.smallest(invented, mart).rows() == list(invented.company.acquisition_costs)
