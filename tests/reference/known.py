"""What retention, renewals, surveys and customer value all read: who had which MRR when.

Here belong the rows of the input contract that these areas add, the settings that shape them,
and `Known`, the month ends of every customer as mrr.py tells them. The measures themselves do
not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .mrr import (
    NOTHING,
    UNKNOWN,
    Inputs,
    ItemInterval,
    Months,
    Movement,
    MovementItem,
    Settings,
    balances_on,
    customer_attributes,
    customer_movements,
    customers_of,
    item_intervals,
)

# -- input rows ------------------------------------------------------------------------


class Opportunity(NamedTuple):
    """One row of input_opportunities."""

    opportunity_id: str
    account_id: str | None
    closed_on: date
    opportunity_type: str | None = "new"
    campaign_id: str | None = None
    contract_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    contract_months: int | None = None
    stage_name: str = "any"
    is_closed: bool = True
    is_won: bool = True
    created_at: str = "2020-01-01 00:00:00"
    source_system: str = "test"


class Payment(NamedTuple):
    """One row of input_payments: one attempt to collect."""

    payment_id: str
    billing_customer_id: str | None
    paid_at: str
    paid_on: date
    status: str = "succeeded"
    amount: Decimal = Decimal("1.00")
    currency: str = "CNY"
    source_system: str = "test"


class Cancellation(NamedTuple):
    """One row of input_subscription_cancellations."""

    subscription_id: str
    cancelled_on: date
    ended_on: date | None = None
    reason: str | None = None
    is_payment_failure: bool | None = None
    source_system: str = "test"


class SurveyResponse(NamedTuple):
    """One row of input_survey_responses."""

    survey_response_id: str
    survey_type: str
    score: Decimal | None
    responded_at: str | None
    responded_on: date | None
    customer_reference: str | None = None
    respondent_email: str | None = None
    scale_min: int | None = 0
    scale_max: int | None = 10
    satisfied_from: int | None = None
    survey_id: str = "test:survey"
    question_id: str = "test:question"
    source_system: str = "test"


class Campaign(NamedTuple):
    """One row of input_campaigns."""

    campaign_id: str
    channel: str | None
    source_system: str = "test"


class CampaignTouch(NamedTuple):
    """One row of input_campaign_touches."""

    campaign_touch_id: str
    campaign_id: str
    account_id: str
    has_responded: bool
    touched_on: date
    source_system: str = "test"


class AcquisitionCost(NamedTuple):
    """One row of input_acquisition_costs."""

    acquisition_cost_id: str
    month_start: date
    channel: str
    amount: Decimal
    currency: str = "CNY"
    source_system: str = "test"


class GrossMargin(NamedTuple):
    """One row of input_gross_margins; holds until the next one of its line."""

    gross_margin_id: str
    product_line: str
    month_start: date
    gross_margin_rate: Decimal
    source_system: str = "test"


class ProductUsage(NamedTuple):
    """One row of input_product_usage."""

    product_usage_id: str
    customer_reference: str
    used_on: date
    active_user_count: int
    licensed_user_count: int
    source_system: str = "test"


class SupportCase(NamedTuple):
    """One row of input_support_cases."""

    support_case_id: str
    account_id: str | None
    opened_on: date
    is_complaint: bool = True
    source_system: str = "test"


class User(NamedTuple):
    """One row of input_users."""

    user_id: str
    source_system: str = "test"


class Company(NamedTuple):
    """Everything that retention and customer value are computed from."""

    mrr: Inputs = Inputs()
    opportunities: Sequence[Opportunity] = ()
    payments: Sequence[Payment] = ()
    cancellations: Sequence[Cancellation] = ()
    survey_responses: Sequence[SurveyResponse] = ()
    campaigns: Sequence[Campaign] = ()
    campaign_touches: Sequence[CampaignTouch] = ()
    acquisition_costs: Sequence[AcquisitionCost] = ()
    gross_margins: Sequence[GrossMargin] = ()
    product_usage: Sequence[ProductUsage] = ()
    support_cases: Sequence[SupportCase] = ()
    users: Sequence[User] = ()


# -- what all measures look up ---------------------------------------------------------

Balance = dict[tuple[str, str], Decimal]
"""MRR by currency and product, where it is not 0."""


class Known:
    """The MRR history of every customer, and who the customers are, as of the last day."""

    def __init__(self, company: Company, settings: Settings) -> None:
        self.company, self.settings = company, settings
        self.inputs = inputs = company.mrr
        self.months = Months(inputs, settings)
        self.intervals: dict[str, list[ItemInterval]] = defaultdict(list)
        for row in item_intervals(inputs, settings):
            self.intervals[row.customer_id].append(row)
        self.movements: list[Movement] = []
        self.movement_items: list[MovementItem] = []
        self.first_mrr_on: dict[str, date] = {}
        self.balances: dict[str, dict[date, Balance]] = {}
        for customer_id, intervals in self.intervals.items():
            movements, items = customer_movements(customer_id, intervals, settings)
            self.movements += movements
            self.movement_items += items
            if movements:
                self.first_mrr_on[customer_id] = min(row.occurred_on for row in movements)
                self.balances[customer_id] = self.month_ends(intervals)
        self.attributes = customer_attributes(inputs)
        users = {row.user_id for row in company.users}
        self.owners = {
            row.account_id: row.owner_user_id
            for row in inputs.accounts
            if row.owner_user_id in users
        }
        self.lines = {row.product_id: row.product_line for row in inputs.products}
        self.customers = customers_of(inputs)
        self.described = {
            *(row.account_id for row in inputs.accounts),
            *self.customers.values(),
            # Who pays and is in no table is a customer of its own.
            *(row.billing_customer_id for row in inputs.subscription_items),
            # So is an account that a deal names.
            *(row.account_id for row in company.opportunities),
        }

    def month_ends(self, intervals: Sequence[ItemInterval]) -> dict[date, Balance]:
        """A customer's balance at the end of each month in which it has one."""
        found = {}
        for month_start in self.months.since(min(row.valid_from for row in intervals)):
            balance: Balance = defaultdict(lambda: NOTHING)
            day = self.months.closing_day(month_start)
            for (currency, product_id, _), amount in balances_on(intervals, day).items():
                balance[currency, product_id] += amount
            kept = {key: amount for key, amount in balance.items() if amount != 0}
            if kept:
                found[month_start] = kept
        return found

    def balance(self, customer_id: str, month_start: date) -> Balance:
        """A customer's balance at the end of a month; empty without MRR."""
        return self.balances.get(customer_id, {}).get(month_start, {})

    def customers_with_mrr(self, month_start: date) -> set[str]:
        """The customers with MRR at the end of a month."""
        return {key for key, balances in self.balances.items() if month_start in balances}

    def in_reporting(self, balance: Balance, month_start: date) -> dict[tuple[str, str], Decimal]:
        """A balance at a month's rate, each currency and product rounded for itself."""
        return {
            key: self.months.converted(amount, key[0], month_start)
            for key, amount in balance.items()
        }

    def line_of(self, product_id: str) -> str:
        """The product line of a product."""
        return self.lines.get(product_id) or UNKNOWN

    def described_as(self, customer_id: str) -> dict[str, str]:
        """Segment, country and owner of a customer as known today."""
        known = self.attributes.get(customer_id, {"segment": UNKNOWN, "country": UNKNOWN})
        return {**known, "owner": self.owners.get(customer_id) or UNKNOWN}

    def customer_of_reference(self, reference: str | None) -> str | None:
        """The customer that a billing customer's or an account's id stands for."""
        if reference in self.customers:
            return self.customers[reference]
        return reference if reference in self.described else None

    def customer_of_account(self, account_id: str | None) -> str:
        """The customer that an account is."""
        return account_id if account_id in self.described else UNKNOWN


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, with its cents where there is nothing to sum."""
    return sum(amounts, NOTHING)


def by_line(known: Known, balance: Mapping[tuple[str, str], Decimal]) -> dict[str, Balance]:
    """A balance split by product line."""
    lines: dict[str, Balance] = defaultdict(dict)
    for key, amount in balance.items():
        lines[known.line_of(key[1])][key] = amount
    return lines
