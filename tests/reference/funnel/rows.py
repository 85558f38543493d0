"""The rows that the funnel depends on, as they are given.

Here belong columns and defaults of the input contract and of seeds, nothing that reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from ..mrr import Account, ExchangeRate
from ..pay.rows import Payee, PayeeAssignment


class Deal(NamedTuple):
    """One row of input_opportunities."""

    opportunity_id: str
    account_id: str | None
    owner_user_id: str | None
    amount: Decimal | None
    created_at: datetime
    closed_on: date
    stage_name: str
    is_closed: bool = False
    is_won: bool = False
    currency: str | None = "CNY"
    forecast_category: str | None = None
    probability: Decimal | None = None
    opportunity_type: str | None = "new"
    lead_source: str | None = None
    campaign_id: str | None = None
    source_system: str = "test"


class DeletedDeal(NamedTuple):
    """One row of input_deleted_opportunities."""

    opportunity_id: str
    account_id: str | None
    owner_user_id: str | None
    amount: Decimal | None
    created_at: datetime | None
    closed_on: date | None
    stage_name: str
    deleted_at: datetime
    currency: str | None = "CNY"
    opportunity_type: str | None = "new"
    lead_source: str | None = None
    campaign_id: str | None = None
    source_system: str = "test"


class Change(NamedTuple):
    """One row of input_opportunity_stage_changes: all that held of a deal from a moment on."""

    opportunity_id: str
    changed_at: datetime
    stage_name: str
    amount: Decimal | None
    close_on: date | None
    owner_user_id: str | None = None
    currency: str | None = "CNY"
    forecast_category: str | None = None
    probability: Decimal | None = None
    is_deleted: bool = False
    source_system: str = "test"


class User(NamedTuple):
    """One row of input_users."""

    user_id: str
    manager_user_id: str | None = None
    user_name: str | None = None
    is_active: bool = True
    source_system: str = "test"


class Stage(NamedTuple):
    """One row of the seed funnel_stages."""

    stage_code: str
    stage_order: int | None
    is_open: bool
    is_won: bool
    is_lost: bool


class StageName(NamedTuple):
    """One row of the seed stage_names."""

    source_system: str
    object_type: str
    source_stage: str
    stage_code: str


class ForecastCategory(NamedTuple):
    """One row of the seed forecast_categories."""

    source_system: str
    source_category: str
    forecast_category: str


class FunnelRows(NamedTuple):
    """Everything that the funnel is computed from, by table."""

    opportunities: Sequence[Deal] = ()
    deleted_opportunities: Sequence[DeletedDeal] = ()
    opportunity_stage_changes: Sequence[Change] = ()
    users: Sequence[User] = ()
    accounts: Sequence[Account] = ()
    funnel_stages: Sequence[Stage] = ()
    stage_names: Sequence[StageName] = ()
    forecast_categories: Sequence[ForecastCategory] = ()
    payees: Sequence[Payee] = ()
    payee_assignments: Sequence[PayeeAssignment] = ()
    exchange_rates: Sequence[ExchangeRate] = ()


class FunnelSettings(NamedTuple):
    """Until when is known, and the vars that shape the funnel."""

    as_of_on: date
    fiscal_year_start_month: int = 1
    reporting_timezone: str = "Asia/Shanghai"
