"""The rows that pay depends on, as they are given: finance's seeds and the input contract.

Here belong columns and defaults, nothing that reads them. Validity is half open: `valid_to` is
the first day on which a row no longer holds, None while it is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..known import AcquisitionCost, Campaign, CampaignTouch, GrossMargin, SurveyResponse
from ..mrr import (
    Account,
    BillingCustomer,
    Contract,
    CustomerLink,
    ExchangeRate,
    InvoiceLine,
    Product,
    SubscriptionDiscount,
    SubscriptionItem,
)

LONG_AGO = date(2015, 1, 1)
WHOLE = Decimal(1)

# -- seeds/compensation ----------------------------------------------------------------


class Payee(NamedTuple):
    """One row of the seed payees; `left_on` is the first day no longer there."""

    payee_id: str
    user_id: str | None = None
    partner_id: str | None = None
    pay_currency: str = "CNY"
    joined_on: date = LONG_AGO
    left_on: date | None = None
    payee_type: str = "employee"


class PayeeAssignment(NamedTuple):
    """One row of the seed payee_assignments."""

    payee_id: str
    valid_from: date
    valid_to: date | None
    plan_code: str
    manager_payee_id: str | None = None
    is_on_leave: bool = False
    team_code: str = "team"
    role_code: str = "account_executive"


class Plan(NamedTuple):
    """One row of the seed plans: a version."""

    plan_code: str
    valid_from: date = LONG_AGO
    valid_to: date | None = None
    plan_version: int = 1
    currency: str = "CNY"
    rate_type: str = "budget"


class PlanComponent(NamedTuple):
    """One row of the seed plan_components: a component in a plan, while it holds."""

    plan_code: str
    component_code: str
    valid_from: date = LONG_AGO
    valid_to: date | None = None
    measure: str | None = "bookings"
    window_type: str = "quarter"
    mode: str = "flat"
    evaluation: str = "period_to_date"
    tier_basis: str | None = "attainment"
    rate: Decimal | None = None
    amount: Decimal | None = None
    unit_size: Decimal | None = None
    is_pro_rata: bool = False
    attainment_cap: Decimal | None = None
    cliff_from: Decimal | None = None
    cliff_mode: str | None = None
    floor_amount: Decimal | None = None
    release_on: str = "event"
    release_days: int | None = None
    is_cap_refundable: bool = False
    attainment_after_clawback: str = "keep"
    is_interim: bool = False
    is_incremental: bool = True
    answer_count_from: int | None = None
    anniversary_from: int | None = None


class RateTier(NamedTuple):
    """One row of the seed rate_tiers; `valid_from` is that of its component's row."""

    plan_code: str
    component_code: str
    tier_from: Decimal
    tier_to: Decimal | None
    rate: Decimal | None = None
    amount_at_from: Decimal | None = None
    valid_from: date = LONG_AGO


class ClawbackRule(NamedTuple):
    """One row of the seed clawback_rules."""

    plan_code: str
    component_code: str
    clawback_trigger: str
    method: str = "linear"
    months: int = 12
    unpaid_days: int | None = None
    scope: str = "contract"
    valid_from: date = LONG_AGO
    valid_to: date | None = None


class CreditRule(NamedTuple):
    """One row of the seed credit_rules; 1 is all of it."""

    component_code: str
    event_type: str
    credit_source: str
    credit_kind: str = "revenue"
    role_code: str | None = None
    credit_percent: Decimal = WHOLE
    override_depth: str | None = None
    includes_own: bool | None = None
    product_line: str | None = None
    opportunity_type: str | None = None
    valid_from: date = LONG_AGO
    valid_to: date | None = None


class Quota(NamedTuple):
    """One row of the seed quotas."""

    payee_id: str
    measure: str
    period_type: str
    period_start: date
    amount: Decimal
    currency: str = "CNY"


class QuotaRamp(NamedTuple):
    """One row of the seed quota_ramps."""

    payee_id: str
    measure: str
    valid_from: date
    valid_to: date | None
    ramp_share: Decimal = WHOLE
    guaranteed_attainment: Decimal | None = None


class PayoutCap(NamedTuple):
    """One row of the seed payout_caps; columns that a scope does not use are empty."""

    cap_scope: str
    period_type: str
    amount: Decimal
    currency: str = "CNY"
    plan_code: str | None = None
    component_code: str | None = None
    payee_id: str | None = None
    valid_from: date = LONG_AGO
    valid_to: date | None = None


class Draw(NamedTuple):
    """One row of the seed draws; an amount a month, for whole months."""

    draw_id: str
    payee_id: str
    valid_from: date
    valid_to: date | None
    amount: Decimal
    currency: str = "CNY"
    is_recoverable: bool = True
    recovery_rate: Decimal | None = WHOLE


class DrawComponent(NamedTuple):
    """One row of the seed draw_components."""

    draw_id: str
    component_code: str


class PayAdjustment(NamedTuple):
    """One row of the seed pay_adjustments."""

    adjustment_id: str
    payee_id: str
    component_code: str
    effective_on: date
    amount: Decimal
    currency: str = "CNY"
    reason_code: str = "correction"
    requested_by: str = "requester"
    approved_by: str | None = "approver"
    approved_on: date | None = LONG_AGO
    measure: str | None = None


class Score(NamedTuple):
    """One row of the seed scores."""

    payee_id: str
    measure: str
    period_type: str
    period_start: date
    score: Decimal


class PayoutPool(NamedTuple):
    """One row of the seed payout_pools; without a segment all customers are of the group."""

    pool_id: str
    component_code: str
    period_type: str
    period_start: date
    segment: str | None
    target_amount: Decimal
    pool_share: Decimal
    currency: str = "CNY"


class PayoutPoolShare(NamedTuple):
    """One row of the seed payout_pool_shares."""

    pool_id: str
    payee_id: str
    weight: Decimal


# -- models/input ----------------------------------------------------------------------


class Deal(NamedTuple):
    """One row of input_opportunities."""

    opportunity_id: str
    account_id: str | None
    closed_on: date
    amount: Decimal
    currency: str = "CNY"
    owner_user_id: str | None = None
    contract_id: str | None = None
    partner_id: str | None = None
    opportunity_type: str | None = "new"
    contract_months: int | None = 12
    stage_name: str = "any"
    is_closed: bool = True
    is_won: bool = True
    created_at: str = "2020-01-01 00:00:00"
    campaign_id: str | None = None
    source_system: str = "test"


class OpportunitySplit(NamedTuple):
    """One row of input_opportunity_splits."""

    opportunity_split_id: str
    opportunity_id: str
    user_id: str
    split_percent: Decimal
    split_kind: str = "revenue"
    source_system: str = "test"


class AccountOwner(NamedTuple):
    """One row of input_account_owners; `owner` or a role of the account's team."""

    account_id: str
    user_id: str
    role_code: str = "owner"
    valid_from: date = LONG_AGO
    valid_to: date | None = None
    account_owner_id: str | None = None
    source_system: str = "test"


class Delivery(NamedTuple):
    """One row of input_deliveries."""

    delivery_id: str
    contract_id: str
    accepted_on: date
    delivered_share: Decimal
    source_system: str = "test"


class Partner(NamedTuple):
    """One row of input_partners."""

    partner_id: str
    account_id: str | None = None
    partner_name: str | None = None
    source_system: str = "test"


class Referral(NamedTuple):
    """One row of input_referrals."""

    referral_id: str
    account_id: str
    won_on: date | None
    referrer_account_id: str | None = None
    referrer_partner_id: str | None = None
    opportunity_id: str | None = None
    source_system: str = "test"


class Meeting(NamedTuple):
    """One row of input_meetings."""

    meeting_id: str
    account_id: str
    owner_user_id: str
    held_on: date
    opportunity_id: str | None = None
    source_system: str = "test"


class PaymentAllocation(NamedTuple):
    """One row of input_payment_allocations: net of tax; a refund is negative."""

    payment_allocation_id: str
    payment_id: str
    invoice_line_id: str
    amount: Decimal
    paid_on: date
    currency: str = "CNY"
    refund_id: str | None = None
    source_system: str = "test"


class Invoice(NamedTuple):
    """One row of input_invoices."""

    invoice_id: str
    billing_customer_id: str
    issued_on: date
    due_on: date | None
    total_amount: Decimal
    tax_amount: Decimal | None = None
    currency: str = "CNY"
    status: str = "open"
    paid_amount: Decimal | None = None
    remaining_amount: Decimal | None = None
    subtotal_amount: Decimal | None = None
    source_system: str = "test"


class Payment(NamedTuple):
    """One row of input_payments."""

    payment_id: str
    billing_customer_id: str
    invoice_id: str
    amount: Decimal
    paid_on: date
    currency: str = "CNY"
    status: str = "succeeded"
    paid_at: str = "2020-01-01 00:00:00"
    source_system: str = "test"


class CreditNote(NamedTuple):
    """One row of input_credit_notes."""

    credit_note_id: str
    invoice_id: str
    amount: Decimal
    issued_on: date
    currency: str = "CNY"
    is_void: bool = False
    source_system: str = "test"


class PayRows(NamedTuple):
    """Everything that pay is computed from, by table."""

    payees: Sequence[Payee] = ()
    payee_assignments: Sequence[PayeeAssignment] = ()
    plans: Sequence[Plan] = ()
    plan_components: Sequence[PlanComponent] = ()
    rate_tiers: Sequence[RateTier] = ()
    clawback_rules: Sequence[ClawbackRule] = ()
    credit_rules: Sequence[CreditRule] = ()
    quotas: Sequence[Quota] = ()
    quota_ramps: Sequence[QuotaRamp] = ()
    payout_caps: Sequence[PayoutCap] = ()
    draws: Sequence[Draw] = ()
    draw_components: Sequence[DrawComponent] = ()
    pay_adjustments: Sequence[PayAdjustment] = ()
    scores: Sequence[Score] = ()
    payout_pools: Sequence[PayoutPool] = ()
    payout_pool_shares: Sequence[PayoutPoolShare] = ()
    exchange_rates: Sequence[ExchangeRate] = ()
    opportunities: Sequence[Deal] = ()
    opportunity_splits: Sequence[OpportunitySplit] = ()
    account_owners: Sequence[AccountOwner] = ()
    accounts: Sequence[Account] = ()
    contracts: Sequence[Contract] = ()
    deliveries: Sequence[Delivery] = ()
    partners: Sequence[Partner] = ()
    referrals: Sequence[Referral] = ()
    meetings: Sequence[Meeting] = ()
    billing_customers: Sequence[BillingCustomer] = ()
    customer_links: Sequence[CustomerLink] = ()
    products: Sequence[Product] = ()
    subscription_items: Sequence[SubscriptionItem] = ()
    subscription_discounts: Sequence[SubscriptionDiscount] = ()
    invoices: Sequence[Invoice] = ()
    invoice_lines: Sequence[InvoiceLine] = ()
    payments: Sequence[Payment] = ()
    payment_allocations: Sequence[PaymentAllocation] = ()
    credit_notes: Sequence[CreditNote] = ()
    survey_responses: Sequence[SurveyResponse] = ()
    campaigns: Sequence[Campaign] = ()
    campaign_touches: Sequence[CampaignTouch] = ()
    acquisition_costs: Sequence[AcquisitionCost] = ()
    gross_margins: Sequence[GrossMargin] = ()


class PaySettings(NamedTuple):
    """What is known, what takes effect, and the vars that shape pay."""

    cutoff_on: date
    as_of_on: date
    fiscal_year_start_month: int = 1
    ledger_first_period: date | None = None
