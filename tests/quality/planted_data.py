"""The faults that dbt's data tests are to find: by kind of generic test, by expression, by file.

Here: what is broken, as one SQL statement on the tables of a built sample. Not here: planting it
and counting what a test finds, which is test_data_tests.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

# What is wrong, as a sentence, and the statement that makes it so.
Faults = Mapping[str, str]

AS_OF_MONTH = "(select date_trunc('month', as_of_on) from staging.as_of)"
BRIDGE = "marts.fct_mrr_bridge_by_month"
MOVEMENTS = "marts.fct_mrr_movements"
MOVEMENT_ITEMS = "marts.fct_mrr_movement_items"
CUSTOMER_MONTHS = "marts.fct_mrr_by_customer_month"
RETENTION = "marts.fct_retention_by_month"
COHORTS = "marts.fct_cohort_retention"
SURVEYS = {
    "nps": "marts.fct_nps_by_month",
    "csat": "marts.fct_csat_by_month",
    "ces": "marts.fct_ces_by_month",
}
HEALTH = "marts.fct_customer_health_by_quarter"
AT_RISK = "marts.fct_renewals_at_risk"
COMMITTED = "marts.fct_committed_mrr_by_customer"
BOOKINGS = "marts.fct_bookings_vs_billing"
SEGMENTS = "intermediate.int_mrr_segments_priced"
BALANCES = "intermediate.int_mrr_by_customer_product_month"
CONVERTED_MOVEMENTS = "intermediate.int_mrr_movements_converted"
CONTRACT_MONTHS = "intermediate.int_contracts_by_month"
CONTRACT_TERMS = "intermediate.int_contract_terms_valued"
FOLLOWED_TERMS = "intermediate.int_contract_terms_followed"
RENEWALS = "marts.fct_renewals"
CHURNS = "marts.fct_churns"
RENEWAL_RATES = "marts.fct_renewal_rates_by_month"
RATES = "intermediate.int_exchange_rates_by_month"
CHANGES = "intermediate.int_mrr_changes"
CALENDAR = "intermediate.int_days_spanned"
ACQUISITION = "marts.fct_acquisition_costs_by_channel_month"
COSTS = "intermediate.int_acquisition_costs_converted"
PROFITS = "intermediate.int_gross_profit_by_customer_month"
CUSTOMER_VALUE = "marts.fct_customer_value"
SEGMENT_VALUE = "marts.fct_customer_value_by_segment_month"
EVENTS = "intermediate.int_incentive_events"
EVENT_PARTS = "intermediate.int_event_parts_listed"
RULED_PARTS = "intermediate.int_event_parts_ruled"
CREDITS = "intermediate.int_credits"
MANAGERS = "intermediate.int_managers_traced"
CONTRACT_CASH = "intermediate.int_contract_cash_converted"
CONTRACT_REDUCTIONS = "intermediate.int_contract_reductions_dated"
BASED_LINES = "intermediate.int_lines_based"
COUNTED_ADJUSTMENTS = "intermediate.int_adjustments_counted"
ATTAINMENTS = "intermediate.int_attainments"
RANGED_LINES = "intermediate.int_lines_ranged"
CONVERTED_LINES = "intermediate.int_lines_converted"
PAYOUT_LINES = "marts.fct_payout_lines"
PAYOUT_SLICES = "marts.fct_payout_line_slices"
ENTITLEMENTS = "marts.fct_payout_entitlements"
PENDING = "marts.fct_pending_postings"
CLOSES = "ledger.ledger_closes"
POSTED = "marts.fct_payout_ledger"
PAY_RUNS = "intermediate.int_pay_runs_balanced"
PAYOUTS = "marts.fct_payouts_by_payee_period"
DRAWS = "marts.fct_draw_balances"
VARIANCES = "marts.fct_payout_variances"
ACCRUALS = "marts.fct_commission_accruals_by_payee_month"
CAPITALISED = "marts.fct_capitalised_commissions_by_contract_month"
ROLL_FORWARD = "marts.fct_capitalised_commission_roll_forward"
COMMISSION_ASSETS = "intermediate.int_commission_assets"
ACCRUAL_STEPS = ("opening", "earned", "clawback", "adjustment", "paid", "closing")
ASSET_STEPS = ("opening", "capitalised", "clawed_back", "amortised", "written_off", "closing")
PAYOUT_STEPS = (
    *("carried_in", "earned", "clawback", "adjustment", "advance", "recovery"),
    *("held_change", "payable", "carried_out"),
)
FORECASTS = "marts.fct_forecasts_by_owner_quarter"
CHANCES = "marts.fct_attainment_probabilities"
CALIBRATION = "marts.fct_forecast_calibration"
DEAL_RISKS = "marts.fct_deal_risks"
BACKTEST = "marts.fct_deal_risk_backtest"
INTERVALS = "input.input_subscription_items"
ITEM_STATES = "adapters.stripe__subscription_item_states"
ITEM_INTERVALS = "adapters.stripe__subscription_items"
LINES = "adapters.stripe__counted_lines"
ALLOCATIONS = "input.input_payment_allocations"
ACCOUNT_OWNERS = "input.input_account_owners"
OPPORTUNITIES_AT = "intermediate.int_opportunities_at"
PIPELINE = {period: f"marts.fct_pipeline_bridge_by_{period}" for period in ("month", "week")}
PIPELINE_STEPS = (
    *("opening", "created", "reopened", "pulled_in", "increased", "owner_in", "won", "lost"),
    *("deleted", "decreased", "slipped", "owner_out", "closing"),
)
CYCLES = "marts.fct_sales_cycles"
VELOCITY = "marts.fct_sales_velocity_by_month"
WIN_RATES = "marts.fct_win_rates_by_month"
VISITS = "marts.fct_stage_visits"
SERVICE_LEVELS = "marts.fct_service_levels"
CONVERSION = "marts.fct_funnel_conversion_by_cohort"
ACTIVITY = "marts.fct_funnel_activity_by_month"
LOSSES = "marts.fct_losses"
# A visit of a deal that was followed by another.
LEFT_LEAD_VISIT = "object_type = 'lead' and next_stage_code is not null and not is_deleted"
LEFT_VISIT = "object_type = 'opportunity' and next_stage_code is not null"
STAGE_CHANGES = "intermediate.int_opportunity_changes_completed"
# An owner of an account who was followed by another.
HANDED_OVER = (
    "role_code = 'owner' and exists (select 1 from input.input_account_owners as later"
    " where later.role_code = 'owner' and later.account_id = input_account_owners.account_id"
    " and later.valid_from = input_account_owners.valid_to)"
)
RECURRING = (
    "line_type = 'subscription' and not is_proration and amount > 0"
    " and period_ends_at > period_started_at + interval 1 day"
)
ACTIVE = (
    "not is_signed and mrr_amount <> 0"
    " and segment_from <= (select as_of_on from staging.as_of)"
    " and (segment_to is null or segment_to > (select as_of_on from staging.as_of))"
)
LATEST = f"month_start = {AS_OF_MONTH}"
RETAINED = "slice = 'total' and retained_customer_count > 1"
# An interval of an item that has a later one.
FOLLOWED = (
    "exists (select 1 from input.input_subscription_items as later"
    " where later.subscription_item_id = input_subscription_items.subscription_item_id"
    " and later.valid_from = input_subscription_items.valid_to)"
)
MEASURES = (
    *("opening", "new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx"),
    "closing",
)
RETENTION_FIGURES = (
    *("base_customer_count", "retained_customer_count"),
    *("base_mrr_amount", "retained_mrr_amount", "closing_mrr_amount"),
)

# Measures of customer value, and the stem of the column that says why one is missing.
PREDICTED = {
    "cac_amount": "cac",
    "predicted_clv_amount": "predicted_clv",
    "npv_clv_amount": "npv_clv",
    "cross_sell_value_amount": "cross_sell_value",
    "referral_value_amount": "referral_value",
    "total_clv_amount": "total_clv",
    "cac_to_clv_ratio": "cac_to_clv",
    "clv_to_cac_ratio": "clv_to_cac",
    "payback_months": "payback",
    "monthly_gross_profit_amount": "monthly_gross_profit",
    "churn_rate": "churn",
}
MISSING_REASONS = {
    "fct_acquisition_costs_by_channel_month": {"cac_amount": "cac"},
    "fct_value_rates_by_segment_month": {
        "churn_rate": "churn",
        "expansion_rate": "expansion",
        "referral_rate": "referral",
    },
    "fct_customer_value": {
        **PREDICTED,
        "cumulative_gross_profit_amount": "cumulative_gross_profit",
        "historical_clv_amount": "historical_clv",
    },
    "fct_customer_value_by_segment_month": {
        **PREDICTED,
        "gross_margin_rate": "monthly_gross_profit",
    },
}


def _first(relation: str, condition: str) -> str:
    return f"rowid = (select min(rowid) from {relation} where {condition})"


def change(relation: str, assignment: str, condition: str = "true") -> str:
    """One row is changed."""
    return f"update {relation} set {assignment} where {_first(relation, condition)}"


def cent_off(relation: str, column: str, condition: str = "true") -> str:
    """One amount is a cent too high."""
    assignment = f"{column} = {column} + 0.01"
    return change(relation, assignment, f"{column} is not null and ({condition})")


def drop(relation: str, condition: str = "true") -> str:
    """One row is missing."""
    return f"delete from {relation} where {_first(relation, condition)}"


def repeat(relation: str, condition: str = "true") -> str:
    """One row stands twice."""
    return f"insert into {relation} select * from {relation} where {_first(relation, condition)}"


def add(relation: str, **values: object) -> str:
    """One row more; columns that are not named are null."""
    listed = ", ".join(repr(value) for value in values.values())
    return f"insert into {relation} ({', '.join(values)}) values ({listed})"


def both(*statements: str) -> str:
    """Several changes that make one fault."""
    return "; ".join(statements)


def _null(relation: str, kwargs: Mapping[str, Any], where: str) -> Faults:
    column = kwargs["column_name"]
    return {"a null": change(relation, f"{column} = null", f"{column} is not null and ({where})")}


def _repeated(relation: str, kwargs: Mapping[str, Any], where: str) -> Faults:
    return {"a value twice": repeat(relation, f"{kwargs['column_name']} is not null and ({where})")}


def _unknown_value(relation: str, kwargs: Mapping[str, Any], where: str) -> Faults:
    quoted = kwargs.get("quote", True)
    value = "'planted'" if quoted else str(max(kwargs["values"]) + 1)
    return {"an unknown value": change(relation, f"{kwargs['column_name']} = {value}", where)}


def _broken_key(relation: str, kwargs: Mapping[str, Any], where: str) -> Faults:
    nulls = {
        f"no {column}": change(relation, f"{column} = null", where)
        for column in kwargs["columns"]
        if column not in kwargs.get("nullable", [])
    }
    return {"a key twice": repeat(relation, where), **nulls}


def _unknown_key(relation: str, kwargs: Mapping[str, Any], where: str) -> Faults:
    column = kwargs["column_name"]
    return {"a row of nobody": change(relation, f"{column} = 'planted'", where)}


# Generic tests whose fault follows from their arguments. Each breaks one row, and one is found.
BY_KIND: Mapping[str, Callable[[str, Mapping[str, Any], str], Faults]] = {
    "not_null": _null,
    "unique": _repeated,
    "accepted_values": _unknown_value,
    "unique_key": _broken_key,
    "relationships": _unknown_key,
}

# Row invariants by model and expression. Each fault breaks one row, and one is found.
BY_EXPRESSION: Mapping[tuple[str, str], Faults] = {
    (
        "fct_stage_visits",
        "(left_at is null) = is_open and (days is null) = is_open"
        " and coalesce(days >= 0 and left_at >= entered_at, true)",
    ): {
        "a visit that was left goes on": change(VISITS, "is_open = true", "not is_open"),
        "a visit that was left has no days": change(VISITS, "days = null", "not is_open"),
        "a visit ends before it began": change(
            VISITS, "left_at = entered_at - interval 1 second", "not is_open"
        ),
        "a visit of less than no day": change(VISITS, "days = -1", "not is_open"),
    },
    **{
        (
            f"fct_pipeline_bridge_by_{period}",
            "opening_amount + created_amount + reopened_amount + pulled_in_amount"
            " + increased_amount + owner_in_amount - won_amount - lost_amount - deleted_amount"
            " - decreased_amount - slipped_amount - owner_out_amount = closing_amount",
        ): {
            f"{step} is a cent off": cent_off(relation, f"{step}_amount") for step in PIPELINE_STEPS
        }
        for period, relation in PIPELINE.items()
    },
    **{
        (
            f"fct_pipeline_bridge_by_{period}",
            " and ".join(f"{step}_amount >= 0" for step in PIPELINE_STEPS),
        ): {
            f"{step} runs the wrong way": change(relation, f"{step}_amount = -0.01")
            for step in PIPELINE_STEPS
        }
        for period, relation in PIPELINE.items()
    },
    **{
        (
            f"fct_pipeline_bridge_by_{period}",
            "(horizon = 'quarter' or pulled_in_amount + slipped_amount = 0)"
            " and (slice <> 'company' or owner_in_amount + owner_out_amount = 0)",
        ): {
            "an open deal slips out of all open deals": change(
                relation, "slipped_amount = 0.01", "horizon = 'all'"
            ),
            "an open deal is pulled into all open deals": change(
                relation, "pulled_in_amount = 0.01", "horizon = 'all'"
            ),
            "a deal leaves the company for another owner": change(
                relation, "owner_out_amount = 0.01", "slice = 'company'"
            ),
        }
        for period, relation in PIPELINE.items()
    },
    (
        "fct_win_rates_by_month",
        "(win_rate is null) = (won_count + lost_count = 0)"
        " and (close_rate is null) = (opened_count = 0)",
    ): {
        "a rate of nothing is 0": change(WIN_RATES, "win_rate = 0", "win_rate is null"),
        "a rate is missing": change(WIN_RATES, "win_rate = null", "win_rate is not null"),
        "a close rate of nothing is 0": change(WIN_RATES, "close_rate = 0", "close_rate is null"),
    },
    (
        "fct_win_rates_by_month",
        "opened_undecided_count >= 0"
        " and coalesce(win_rate between 0 and 1 and close_rate between 0 and 1, true)",
    ): {
        "more is decided than was opened": change(WIN_RATES, "opened_undecided_count = -1"),
        "a rate is a percentage": change(
            WIN_RATES, "win_rate = 40", "win_rate is not null and close_rate is not null"
        ),
    },
    (
        "fct_sales_cycles",
        "(cycle_count = 0) = (mean_cycle_days is null)"
        " and (cycle_count = 0) = (median_cycle_days is null)"
        " and coalesce(0 <= median_cycle_days and median_cycle_days <= p90_cycle_days, true)",
    ): {
        "a mean is missing": change(CYCLES, "mean_cycle_days = null", "cycle_count > 0"),
        "a median of nothing": change(CYCLES, "median_cycle_days = 1", "cycle_count = 0"),
        "a median is longer than nine deals in ten": change(
            CYCLES, "median_cycle_days = p90_cycle_days + 1", "cycle_count > 0"
        ),
        "a deal took less than no time": change(
            CYCLES, "median_cycle_days = -1", "cycle_count > 0"
        ),
    },
    (
        "fct_sales_velocity_by_month",
        "case when velocity_amount is null then won_count + lost_count = 0"
        " or coalesce(mean_cycle_days, 0) = 0 else cycle_count > 0 end",
    ): {
        "a velocity is missing": change(
            VELOCITY, "velocity_amount = null", "velocity_amount is not null"
        ),
        "a velocity of nothing": change(VELOCITY, "velocity_amount = 0", "velocity_amount is null"),
    },
    ("fct_stage_visits", "is_skipped_into = (skipped_stage_count > 0)"): {
        "nothing was skipped, and it says so not": change(
            VISITS, "is_skipped_into = true", "not is_skipped_into"
        ),
        "two stages were skipped, and it says no": change(
            VISITS, "is_skipped_into = false", "is_skipped_into"
        ),
    },
    ("input_opportunity_stage_changes", "coalesce(probability between 0 and 1, true)"): {
        "a probability in percent": change(
            "input.input_opportunity_stage_changes", "probability = 40"
        ),
    },
    (
        "funnel_stages",
        "cast(is_open as int) + cast(is_won as int) + cast(is_lost as int) = 1",
    ): {
        "a stage is open and won": change("reference.funnel_stages", "is_won = true", "is_open"),
        "a stage is nothing": change("reference.funnel_stages", "is_lost = false", "is_lost"),
    },
    (
        "int_opportunity_changes_completed",
        "cast(is_open as int) + cast(is_won as int) + cast(is_lost as int)"
        " + cast(is_deleted as int) = 1",
    ): {
        "a deleted deal is open": change(STAGE_CHANGES, "is_open = true", "is_deleted"),
        "a deal is nothing": change(STAGE_CHANGES, "is_won = false", "is_won"),
    },
    ("int_opportunities_at", "valid_to_on is null or valid_to_on > valid_from_on"): {
        "a state of no day": change(
            OPPORTUNITIES_AT, "valid_to_on = valid_from_on", "valid_to_on is not null"
        ),
    },
    (
        "fct_forecasts_by_owner_quarter",
        "own_closed_amount <= own_commit_amount and own_commit_amount <= own_best_case_amount"
        " and team_closed_amount <= team_commit_amount"
        " and team_commit_amount <= team_best_case_amount",
    ): {
        f"{scope} {smaller} is more than {larger}": change(
            FORECASTS, f"{scope}_{smaller}_amount = {scope}_{larger}_amount + 0.01"
        )
        for scope in ("own", "team")
        for smaller, larger in (("closed", "commit"), ("commit", "best_case"))
    },
    (
        "fct_forecasts_by_owner_quarter",
        "own_closed_count <= team_closed_count and own_open_count <= team_open_count",
    ): {
        f"somebody has more {kind} deals than with the team": change(
            FORECASTS, f"own_{kind}_count = team_{kind}_count + 1"
        )
        for kind in ("closed", "open")
    },
    (
        "fct_attainment_probabilities",
        "attainment_probability between 0 and 1 and crm_attainment_probability between 0 and 1",
    ): {
        f"{column} is {value}": change(CHANCES, f"{column} = {value}")
        for column in ("attainment_probability", "crm_attainment_probability")
        for value in ("1.000001", "-0.000001", "null")
    },
    (
        "fct_attainment_probabilities",
        "expected_amount <= open_amount and variance >= 0",
    ): {
        "more is expected than is open": change(CHANCES, "expected_amount = open_amount + 0.01"),
        "deals vary by less than nothing": change(CHANCES, "variance = -1"),
    },
    (
        "fct_forecast_calibration",
        "realised_count <= forecast_count and brier_score between 0 and 1",
    ): {
        "more came true than was forecast": change(
            CALIBRATION, "realised_count = forecast_count + 1"
        ),
        "a score above 1": change(CALIBRATION, "brier_score = 1.000001"),
    },
    ("fct_deal_risks", "risk_score is null or risk_score between 0 and 100"): {
        "a score above 100": change(DEAL_RISKS, "risk_score = 100.01"),
        "a score below 0": change(DEAL_RISKS, "risk_score = -0.01"),
    },
    (
        "fct_deal_risk_backtest",
        "flagged_lost_count <= lost_count and flagged_lost_count <= flagged_count"
        " and right_count = deal_count - flagged_count - lost_count + 2 * flagged_lost_count",
    ): {
        "one right answer too many": change(BACKTEST, "right_count = right_count + 1"),
        "more were caught than were lost": change(
            BACKTEST,
            "flagged_count = deal_count + 1, lost_count = deal_count,"
            " flagged_lost_count = deal_count + 1, right_count = deal_count + 1",
        ),
        "more were caught than were flagged": change(
            BACKTEST,
            "flagged_count = deal_count - 1, lost_count = deal_count,"
            " flagged_lost_count = deal_count, right_count = deal_count + 1",
        ),
    },
    (
        "deal_risk_components",
        "weight >= 0 and case when is_higher_riskier then risk_threshold >= caution_threshold"
        " else risk_threshold <= caution_threshold end",
    ): {
        "a weight below 0": change("reference.deal_risk_components", "weight = -1"),
        "risk before caution": change(
            "reference.deal_risk_components",
            "risk_threshold = caution_threshold - 1",
            "is_higher_riskier",
        ),
        "caution after risk where less is riskier": change(
            "reference.deal_risk_components",
            "risk_threshold = caution_threshold + 1",
            "not is_higher_riskier",
        ),
    },
    (
        "forecast_buckets",
        "days_from >= 0 and (days_to is null or days_to > days_from)",
    ): {
        "a bucket before the first day": change("reference.forecast_buckets", "days_from = -1"),
        "a bucket of no days": change(
            "reference.forecast_buckets", "days_to = days_from", "days_to is not null"
        ),
    },
    (
        "forecast_settings",
        "value >= 0 and (setting not in ('prior_win_rate', 'prior_attainment_rate',"
        " 'habit_percentile') or value <= 1) and (setting <> 'prior_count' or value >= 1)",
    ): {
        "a prior that weighs nothing": change(
            "reference.forecast_settings", "value = 0", "setting = 'prior_count'"
        ),
        "a setting below 0": change("reference.forecast_settings", "value = -1"),
        "a share in percent": change(
            "reference.forecast_settings", "value = 25", "setting = 'prior_win_rate'"
        ),
    },
    ("normal_distribution", "z >= 0 and probability >= 0.5 and probability <= 1"): {
        "a point left of the mean": change("reference.normal_distribution", "z = -1"),
        "less than one half": change("reference.normal_distribution", "probability = 0.4"),
        "a probability in percent": change("reference.normal_distribution", "probability = 50"),
    },
    (
        "int_lines_converted",
        "pay_earned_amount is not null and pay_retained_amount is not null"
        " and pay_released_amount is not null",
    ): {
        f"no {amount} amount for want of a rate": add(
            CONVERTED_LINES,
            **{
                f"pay_{other}_amount": 1
                for other in ("earned", "retained", "released")
                if other != amount
            },
        )
        for amount in ("earned", "retained", "released")
    },
    ("int_pool_members_valued", "(clv_amount is null) = (missing_reason is not null)"): {
        "a customer's value is missing without a reason": add(
            "intermediate.int_pool_members_valued", pool_id="planted"
        ),
        "a customer has a value and a reason why not": add(
            "intermediate.int_pool_members_valued", clv_amount=1, missing_reason="no_cac"
        ),
    },
    (
        "int_customer_years_valued",
        "(profit_to_date_amount is null) = (missing_reason is not null)",
    ): {
        "a profit is missing without a reason": add(
            "intermediate.int_customer_years_valued",
            customer_id="planted",
        ),
        "there is a profit and a reason why not": add(
            "intermediate.int_customer_years_valued",
            profit_to_date_amount=1,
            missing_reason="no_cac",
        ),
    },
    ("int_customer_years_valued", "coalesce(shared_profit_amount, 0) >= 0"): {
        "a loss is shared": add(
            "intermediate.int_customer_years_valued", shared_profit_amount=-0.01
        ),
    },
    (
        "fct_payout_lines",
        "abs(retained_amount) <= abs(capped_amount)"
        " and abs(released_amount) <= abs(retained_amount)",
    ): {
        "more is retained than was earned": add(
            PAYOUT_LINES, capped_amount=1, retained_amount=1.01, released_amount=0
        ),
        "more is released than is retained": add(
            PAYOUT_LINES, capped_amount=-2, retained_amount=-1, released_amount=-1.01
        ),
    },
    (
        "fct_payout_lines",
        "movement_key is null or event_type in"
        " ('mrr_new', 'mrr_reactivation', 'mrr_expansion', 'mrr_contraction', 'mrr_churn')",
    ): {
        "a booking is paid by a movement": add(
            PAYOUT_LINES, movement_key="planted", event_type="booking"
        ),
    },
    (
        "fct_payout_entitlements",
        "part in ('earned', 'held', 'clawback', 'adjustment', 'advance', 'recovery')",
    ): {
        "a part that payroll does not know": add(ENTITLEMENTS, part="planted"),
    },
    ("fct_pending_postings", "posted_amount + pending_amount = entitlement_amount"): {
        "a cent more is pending": add(
            PENDING, posted_amount=1, pending_amount=1.01, entitlement_amount=2
        ),
    },
    (
        "fct_row_conservation",
        "landed_count = later_count + quarantined_count + superseded_count + deleted_count"
        " + staged_count",
    ): {
        "a row is lost between landed and staged": change(
            "marts.fct_row_conservation", "staged_count = staged_count - 1"
        ),
        "a row is judged twice": change(
            "marts.fct_row_conservation", "superseded_count = superseded_count + 1"
        ),
        "a table is judged of which nothing was counted": change(
            "marts.fct_row_conservation", "landed_count = 0", "landed_count > 0"
        ),
    },
    (
        "int_pay_runs_balanced",
        "paid_to_date_amount >= posted_to_date_amount and paid_to_date_amount >= 0",
    ): {
        "more is due than was paid": change(
            PAY_RUNS,
            "paid_to_date_amount = posted_to_date_amount - 0.01",
            "posted_to_date_amount > 1",
        ),
        "less than nothing was paid": change(
            PAY_RUNS, "posted_to_date_amount = -2, paid_to_date_amount = -1"
        ),
    },
    (
        "fct_payouts_by_payee_period",
        "carried_in_amount + earned_amount + clawback_amount + adjustment_amount + advance_amount"
        " - recovery_amount - held_change_amount = payable_amount + carried_out_amount",
    ): {f"{step} is a cent off": cent_off(PAYOUTS, f"{step}_amount") for step in PAYOUT_STEPS},
    (
        "fct_payouts_by_payee_period",
        "payable_amount >= 0 and carried_out_amount <= 0"
        " and (run_count > 1 or payable_amount = 0 or carried_out_amount = 0)",
    ): {
        "somebody is to pay": change(PAYOUTS, "payable_amount = -1"),
        "something due is carried on": change(PAYOUTS, "carried_out_amount = 1"),
        "who owes is paid": change(
            PAYOUTS, "payable_amount = 1, carried_out_amount = -1", "run_count = 1"
        ),
    },
    (
        "fct_commission_accruals_by_payee_month",
        "opening_amount + earned_amount + clawback_amount + adjustment_amount - paid_amount"
        " = closing_amount",
    ): {f"{step} is a cent off": cent_off(ACCRUALS, f"{step}_amount") for step in ACCRUAL_STEPS},
    (
        "fct_capitalised_commissions_by_contract_month",
        "opening_amount + capitalised_amount - clawed_back_amount - amortised_amount"
        " - written_off_amount = closing_amount",
    ): {f"{step} is a cent off": cent_off(CAPITALISED, f"{step}_amount") for step in ASSET_STEPS},
    ("fct_capitalised_commissions_by_contract_month", "closing_amount >= 0"): {
        "less than nothing is left": change(CAPITALISED, "closing_amount = -0.01"),
    },
    (
        "fct_capitalised_commission_roll_forward",
        "opening_amount + capitalised_amount - clawed_back_amount - amortised_amount"
        " - written_off_amount + fx_amount = closing_amount",
    ): {
        f"{step} is a cent off": cent_off(ROLL_FORWARD, f"{step}_amount")
        for step in (*ASSET_STEPS, "fx")
    },
    ("benefit_periods", "benefit_months >= 1"): {
        "a benefit of no month": change("reference.benefit_periods", "benefit_months = 0"),
    },
    ("fct_payout_variances", "entitlement_amount = posted_amount + pending_amount"): {
        f"{step} is a cent off": cent_off(VARIANCES, f"{step}_amount")
        for step in ("entitlement", "posted", "pending")
    },
    (
        "fct_payout_variances",
        "reason is not null and (last_sequence is not null or posted_amount = 0)",
    ): {
        "nobody knows why": change(VARIANCES, "reason = null"),
        "posted, and in no close": change(VARIANCES, "last_sequence = null, posted_amount = 1"),
    },
    (
        "fct_draw_balances",
        "closing_balance_amount = case when is_recoverable"
        " then opening_balance_amount + advance_amount - recovery_amount else 0 end",
    ): {
        "a balance is a cent off": change(
            DRAWS,
            "is_recoverable = true, closing_balance_amount = opening_balance_amount + 1"
            ", advance_amount = 0, recovery_amount = 0",
        ),
        "what need not be paid back is owed": change(
            DRAWS, "is_recoverable = false, closing_balance_amount = 1, recovery_amount = 0"
        ),
    },
    (
        "fct_draw_balances",
        "closing_balance_amount >= 0 and (is_recoverable or recovery_amount = 0)",
    ): {
        "more is paid back than was advanced": change(
            DRAWS, "is_recoverable = true, closing_balance_amount = -1"
        ),
        "what need not be paid back is paid back": change(
            DRAWS,
            "is_recoverable = false, recovery_amount = 1, closing_balance_amount = 0",
        ),
    },
    ("int_mrr_segments_priced", "mrr_amount is not null and permanent_mrr_amount is not null"): {
        f"{amount} that could not be computed": change(SEGMENTS, f"{amount} = null")
        for amount in ("mrr_amount", "permanent_mrr_amount")
    },
    ("input_subscription_items", "billing_interval_count >= 1"): {
        "an invoice every 0 months": change(INTERVALS, "billing_interval_count = 0"),
    },
    (
        "input_subscription_discounts",
        "percent_off is not null or amount_off is not null",
    ): {
        "a discount of nothing": change(
            "input.input_subscription_discounts", "percent_off = null", "amount_off is null"
        ),
    },
    **{
        (model, f"{part} between 0 and {whole} and {whole} > 0"): {
            "more than all": change(f"intermediate.{model}", f"{part} = {whole} + 1"),
            "less than nothing": change(f"intermediate.{model}", f"{part} = -1"),
            "a part of nothing": change(f"intermediate.{model}", f"{part} = 0, {whole} = 0"),
        }
        for model, part, whole in (
            ("int_event_releases", "released_part", "released_whole"),
            ("int_event_retentions", "retained_part", "retained_whole"),
            ("int_contract_sets_delivered", "delivered_part", "delivered_whole"),
        )
    },
    ("int_contract_sets_collected", "cash_amount between 0 and contract_amount"): {
        "more cash than the contract is worth": change(
            "intermediate.int_contract_sets_collected", "cash_amount = contract_amount + 1"
        ),
        "less cash than none": change(
            "intermediate.int_contract_sets_collected", "cash_amount = -1"
        ),
    },
    ("int_contract_sets_lost", "lost_mrr_amount between 0 and mrr_before_amount"): {
        "more is lost than there was": change(
            "intermediate.int_contract_sets_lost", "lost_mrr_amount = mrr_before_amount + 1"
        ),
        "a gain is called a loss": change(
            "intermediate.int_contract_sets_lost", "lost_mrr_amount = -1"
        ),
    },
    ("input_product_usage", "active_user_count >= 0 and licensed_user_count >= 0"): {
        f"fewer {count} users than none": change(
            "input.input_product_usage", f"{count}_user_count = -1"
        )
        for count in ("active", "licensed")
    },
    ("input_opportunity_splits", "split_percent between 0 and 1"): {
        "a share in percent": change("input.input_opportunity_splits", "split_percent = 100"),
        "a share of less than nothing": change(
            "input.input_opportunity_splits", "split_percent = -0.1"
        ),
    },
    ("input_deliveries", "delivered_share between 0 and 1"): {
        "a delivery in percent": change("input.input_deliveries", "delivered_share = 40"),
        "less than nothing delivered": change("input.input_deliveries", "delivered_share = -0.1"),
    },
    (
        "fct_service_levels",
        "elapsed_minutes >= 0 and working_minutes between 0 and elapsed_minutes + 1",
    ): {
        "done before there was anything to do": change(SERVICE_LEVELS, "elapsed_minutes = -1"),
        "less work than none": change(SERVICE_LEVELS, "working_minutes = -1"),
        "more work than time": change(SERVICE_LEVELS, "working_minutes = elapsed_minutes + 2"),
    },
    (
        "fct_service_levels",
        "(outcome = 'met') <= (done_at is not null)"
        " and (outcome in ('open', 'lapsed')) <= (done_at is null)",
    ): {
        "met by nothing": change(SERVICE_LEVELS, "done_at = null", "outcome = 'met'"),
        "done, and still open": change(SERVICE_LEVELS, "outcome = 'open'", "outcome = 'met'"),
    },
    (
        "fct_sales_activities_by_week",
        "done_count >= 0 and late_count >= 0 and coalesce(target_count >= 0, true)",
    ): {
        f"{column} is less than nothing": change(
            "marts.fct_sales_activities_by_week", f"{column} = -1", f"{column} is not null"
        )
        for column in ("done_count", "late_count", "target_count")
    },
    (
        "fct_funnel_conversion_by_cohort",
        "entered_count = reached_count + lost_count + open_count and entered_count > 0"
        " and is_maturing = (open_count > 0)",
    ): {
        "somebody entered and nothing became of it": change(
            CONVERSION, "entered_count = entered_count + 1"
        ),
        "a cohort of nobody": change(
            CONVERSION, "entered_count = 0, reached_count = 0, lost_count = 0", "open_count = 0"
        ),
        "a cohort matures, of which all is decided": change(
            CONVERSION, "is_maturing = true", "open_count = 0"
        ),
    },
    (
        "fct_funnel_activity_by_month",
        "left_count = advanced_count + lost_count + returned_count + other_count"
        " and left_count > 0",
    ): {
        "a visit ended nowhere": change(ACTIVITY, "left_count = left_count + 1"),
        "a month in which nothing was left": change(
            ACTIVITY,
            "left_count = 0, advanced_count = 0, lost_count = 0, returned_count = 0,"
            " other_count = 0",
        ),
    },
    (
        "fct_losses",
        "case when loss_kind = 'churn' then reporting_deal_amount is null"
        " and stage_lost_at is null"
        " else reporting_lost_mrr_amount is null and stage_lost_at is not null end",
    ): {
        "a churn has a deal's value": change(
            LOSSES, "reporting_deal_amount = 1", "loss_kind = 'churn'"
        ),
        "a churn has a deal's stage": change(
            LOSSES, "stage_lost_at = 'lead'", "loss_kind = 'churn'"
        ),
        "a deal has lost MRR": change(
            LOSSES, "reporting_lost_mrr_amount = 1", "loss_kind = 'loss'"
        ),
        "a deal was lost at no stage": change(LOSSES, "stage_lost_at = null", "loss_kind = 'loss'"),
    },
    ("input_leads", "is_trial or trial_started_at is null"): {
        "a trial that nobody began": change(
            "input.input_leads", "is_trial = false", "trial_started_at is not null"
        ),
    },
    (
        "input_activities",
        "is_done = (occurred_at is not null) and is_done = (occurred_on is not null)",
    ): {
        "done at no time": change("input.input_activities", "occurred_at = null", "is_done"),
        "done on no day": change("input.input_activities", "occurred_on = null", "is_done"),
        "done before it was": change("input.input_activities", "is_done = false", "is_done"),
    },
    ("service_levels", "occurrence > 0 and threshold > 0"): {
        "the activity before the first": change("reference.service_levels", "occurrence = 0"),
        "no time at all": change("reference.service_levels", "threshold = 0"),
    },
    ("activity_targets", "target_count >= 0 and coalesce(valid_to > valid_from, true)"): {
        "less than nothing is expected": change("reference.activity_targets", "target_count = -1"),
        "a target ends before it begins": change(
            "reference.activity_targets", "valid_to = valid_from"
        ),
    },
    (
        "input_referrals",
        "(referrer_account_id is null) <> (referrer_partner_id is null)",
    ): {
        "a referral of nobody": change(
            "input.input_referrals", "referrer_account_id = null, referrer_partner_id = null"
        ),
        "a referral of a customer and a partner": change(
            "input.input_referrals", "referrer_account_id = 'a', referrer_partner_id = 'p'"
        ),
    },
    ("input_account_owners", "valid_to is null or valid_to > valid_from"): {
        "an owner of no day": change(
            "input.input_account_owners", "valid_to = valid_from", "valid_to is not null"
        ),
    },
    ("input_products", "product_line is null or product_line = nullif(trim(product_line), '')"): {
        f"{what} product line": change("input.input_products", f"product_line = '{line}'")
        for what, line in (("a blank before a", " planted"), ("nothing but a blank as", " "))
    },
    **{
        (name, expression.format(f"{column} = lower(trim({column}))")): {
            f"a {column} in capitals": change(relation, f"{column} = 'PLANTED'"),
            f"a blank before a {column}": change(relation, f"{column} = ' planted'"),
        }
        for name, relation, column, expression in (
            ("input_gross_margins", "input.input_gross_margins", "product_line", "{}"),
            ("input_acquisition_costs", "input.input_acquisition_costs", "channel", "{}"),
            ("input_campaigns", "input.input_campaigns", "channel", "coalesce({}, true)"),
            ("campaign_channels", "reference.campaign_channels", "channel", "{}"),
        )
    },
    ("input_gross_margins", "gross_margin_rate <= 1"): {
        "a margin in percent": change("input.input_gross_margins", "gross_margin_rate = 75"),
    },
    (
        "survey_scales",
        "(survey_type = 'nps') = (satisfied_from is null)"
        " and coalesce(satisfied_from, scale_max) between scale_min and scale_max",
    ): {
        "nobody says from where on a score is satisfied": change(
            "reference.survey_scales", "satisfied_from = null", "survey_type = 'csat'"
        ),
        "no score can be satisfied": change(
            "reference.survey_scales", "satisfied_from = scale_max + 1", "survey_type = 'ces'"
        ),
        "NPS is measured as satisfaction": change(
            "reference.survey_scales", "satisfied_from = 9", "survey_type = 'nps'"
        ),
    },
    (
        "health_components",
        "weight >= 0 and case when is_higher_better then healthy_threshold >= at_risk_threshold"
        " else healthy_threshold <= at_risk_threshold end",
    ): {
        "a component costs points": change("reference.health_components", "weight = -1"),
        "less is healthier, and the thresholds say the opposite": change(
            "reference.health_components", "is_higher_better = false", "component = 'usage'"
        ),
        "more is healthier, and the thresholds say the opposite": change(
            "reference.health_components", "is_higher_better = true", "component = 'complaints'"
        ),
    },
    (
        "fct_customer_health_by_quarter",
        "health_score is null or health_score between 0 and 100",
    ): {
        "a score above the best": change(HEALTH, "health_score = 101"),
        "a score below the worst": change(HEALTH, "health_score = -1"),
    },
    ("fct_customer_health_by_quarter", "is_at_risk = (at_risk_reason is not null)"): {
        "a risk without a reason": change(HEALTH, "at_risk_reason = null", "is_at_risk"),
        "a reason without a risk": change(HEALTH, "at_risk_reason = 'nps'", "not is_at_risk"),
    },
    ("fct_renewals_at_risk", "(renewal_status = 'pending') = (days_to_due <= 0)"): {
        "a term is pending that is not due": change(
            AT_RISK, "renewal_status = 'pending'", "days_to_due > 0"
        ),
        "a term is upcoming that was due": change(
            AT_RISK, "days_to_due = -1", "renewal_status = 'upcoming'"
        ),
    },
    (
        "input_survey_responses",
        "survey_type not in ('csat', 'ces') or satisfied_from is not null",
    ): {
        "an answer of which nobody knows when it is satisfied": change(
            "input.input_survey_responses", "satisfied_from = null", "survey_type = 'csat'"
        ),
    },
    **{
        (
            f"fct_{survey_type}_by_month",
            "known_respondent_count + unknown_respondent_count = response_count",
        ): {
            "a respondent is neither known nor unknown": change(
                relation, "unknown_respondent_count = unknown_respondent_count + 1"
            ),
        }
        for survey_type, relation in SURVEYS.items()
    },
    **{
        (
            f"fct_{survey_type}_by_month",
            "active_customer_heard_count <= least(customer_heard_count, customer_count)"
            " and (customers_heard_share is null) = (customer_count = 0)",
        ): {
            "more customers were heard than there are": change(
                relation,
                "active_customer_heard_count = customer_count + 1,"
                " customer_heard_count = customer_count + 1",
            ),
            "a share without a denominator": change(
                relation, "customers_heard_share = null", "customer_count > 0"
            ),
        }
        for survey_type, relation in SURVEYS.items()
    },
    (
        "fct_nps_by_month",
        "promoter_count + passive_count + detractor_count = scored_count"
        " and scored_count <= response_count and (nps is null) = (scored_count = 0)",
    ): {
        "an answer is of no group": change(SURVEYS["nps"], "passive_count = passive_count + 1"),
        "more scores than responses": change(
            SURVEYS["nps"], "response_count = scored_count - 1", "scored_count > 0"
        ),
        "nobody scored, and there is a score": change(
            SURVEYS["nps"], "nps = 0", "scored_count = 0"
        ),
    },
    **{
        (
            f"fct_{survey_type}_by_month",
            "satisfied_count <= scored_count and scored_count <= response_count"
            f" and ({survey_type}_rate is null) = (scored_count = 0)",
        ): {
            "more are satisfied than scored": change(
                SURVEYS[survey_type], "satisfied_count = scored_count + 1"
            ),
            "more scores than responses": change(
                SURVEYS[survey_type], "response_count = scored_count - 1", "scored_count > 0"
            ),
            "nobody scored, and there is a rate": change(
                SURVEYS[survey_type], f"{survey_type}_rate = 0", "scored_count = 0"
            ),
        }
        for survey_type in ("csat", "ces")
    },
    ("fct_mrr_movements", "opening_mrr_amount + mrr_amount = closing_mrr_amount"): {
        "a closing is a cent off": cent_off(MOVEMENTS, "closing_mrr_amount"),
    },
    ("fct_mrr_movements", "closing_mrr_amount >= 0"): {
        "a customer pays less than nothing": change(MOVEMENTS, "closing_mrr_amount = -0.01"),
    },
    (
        "fct_mrr_movements",
        "(movement_type in ('new', 'reactivation', 'expansion')) = (mrr_amount > 0)"
        " and (movement_type = 'transfer') = (mrr_amount = 0)",
    ): {
        "a churn is positive": change(MOVEMENTS, "movement_type = 'churn'", "mrr_amount > 0"),
        "an expansion is negative": change(
            MOVEMENTS, "movement_type = 'expansion'", "mrr_amount < 0"
        ),
        "a transfer moves money": change(MOVEMENTS, "movement_type = 'transfer'", "mrr_amount < 0"),
        "a contraction moves none": change(
            MOVEMENTS, "mrr_amount = 0", "movement_type = 'contraction'"
        ),
        "a movement has no type": change(MOVEMENTS, "movement_type = null"),
    },
    (
        "fct_committed_mrr_by_customer",
        "active_mrr_amount + cancelling_mrr_amount + expiring_mrr_amount"
        " + discount_ending_mrr_amount + starting_mrr_amount = committed_mrr_amount",
    ): {
        "a commitment is a cent off": cent_off(COMMITTED, "committed_mrr_amount"),
        "a cancellation is added": change(
            COMMITTED,
            "cancelling_mrr_amount = -cancelling_mrr_amount",
            "cancelling_mrr_amount <> 0",
        ),
    },
    (
        "fct_mrr_bridge_by_month",
        "opening_mrr_amount + new_mrr_amount + reactivation_mrr_amount + expansion_mrr_amount"
        " + contraction_mrr_amount + churn_mrr_amount + transfer_mrr_amount + fx_mrr_amount"
        " = closing_mrr_amount",
    ): {
        f"{measure} is a cent off": cent_off(BRIDGE, f"{measure}_mrr_amount")
        for measure in MEASURES
    },
    ("fct_mrr_bridge_by_month", "conversion = 'reporting' or fx_mrr_amount = 0"): {
        "fx in local currency": cent_off(BRIDGE, "fx_mrr_amount", "conversion = 'local'"),
    },
    ("fct_mrr_bridge_by_month", "slice = 'product_line' or transfer_mrr_amount = 0"): {
        f"a transfer in the slice {slice_}": cent_off(
            BRIDGE, "transfer_mrr_amount", f"slice = '{slice_}'"
        )
        for slice_ in ("total", "segment", "country")
    },
    (
        "fct_mrr_bridge_by_month",
        "contraction_mrr_amount <= 0 and churn_mrr_amount <= 0 and new_mrr_amount >= 0"
        " and reactivation_mrr_amount >= 0 and expansion_mrr_amount >= 0",
    ): {
        f"{measure} has the wrong sign": change(
            BRIDGE, f"{measure}_mrr_amount = -{measure}_mrr_amount", f"{measure}_mrr_amount <> 0"
        )
        for measure in ("contraction", "churn", "new", "reactivation", "expansion")
    },
    (
        "fct_retention_by_month",
        "retained_customer_count <= base_customer_count"
        " and retained_mrr_amount <= base_mrr_amount and retained_mrr_amount <= closing_mrr_amount",
    ): {
        "more customers are retained than there were": change(
            RETENTION, "retained_customer_count = base_customer_count + 1"
        ),
        "more is retained than there was": change(
            RETENTION,
            "retained_mrr_amount = base_mrr_amount + 0.01,"
            " closing_mrr_amount = closing_mrr_amount + base_mrr_amount + 0.01",
        ),
        "more is retained than there is": change(
            RETENTION, "closing_mrr_amount = retained_mrr_amount - 0.01"
        ),
    },
    (
        "fct_retention_by_month",
        "coalesce(gross_revenue_retention_rate <= 1"
        " and gross_revenue_retention_rate <= net_revenue_retention_rate"
        " and logo_retention_rate <= 1, base_mrr_amount = 0)",
    ): {
        "GRR above 1": change(
            RETENTION,
            "gross_revenue_retention_rate = 1.000001, net_revenue_retention_rate = 1.000001",
        ),
        "GRR above NRR": change(
            RETENTION,
            "gross_revenue_retention_rate = 0.000002, net_revenue_retention_rate = 0.000001",
            "base_mrr_amount > 0",
        ),
        "logo retention above 1": change(
            RETENTION, "logo_retention_rate = 1.000001", "base_mrr_amount > 0"
        ),
    },
    (
        "fct_retention_by_month",
        "(gross_revenue_retention_rate is null) = (base_mrr_amount = 0)"
        " and (net_revenue_retention_rate is null) = (base_mrr_amount = 0)"
        " and (logo_retention_rate is null) = (base_customer_count = 0)",
    ): {
        f"{rate} {fault}": change(RETENTION, f"{rate} = {value}", condition)
        for rate in (
            *("gross_revenue_retention_rate", "net_revenue_retention_rate"),
            "logo_retention_rate",
        )
        for fault, value, condition in (
            ("is null with a base", "null", "base_mrr_amount > 0"),
            ("is 0 without a base", "0", "base_customer_count = 0"),
        )
    },
    ("int_acquisition_costs_converted", "channel <> 'all'"): {
        "a channel has the name of the blended row": change(COSTS, "channel = 'all'"),
    },
    **{
        (model, f"({measure} is null) = ({reason}_missing_reason is not null)"): {
            f"{measure} and its reason are both there, or neither": change(
                f"marts.{model}", f"{measure} = case when {measure} is null then 1 end"
            ),
            f"{measure} has changed sides and its reason has not": change(
                f"marts.{model}",
                f"{reason}_missing_reason = case when {reason}_missing_reason is null then 'x' end",
            ),
        }
        for model, measures in MISSING_REASONS.items()
        for measure, reason in measures.items()
    },
    **{
        (model, "(is_healthy is null) = (cac_to_clv_ratio is null)"): {
            "health of no ratio, or none of one": change(
                f"marts.{model}", "is_healthy = case when is_healthy is null then true end"
            ),
        }
        for model in ("fct_customer_value", "fct_customer_value_by_segment_month")
    },
    (
        "fct_customer_value_by_segment_month",
        "(arpa_amount is null) = coalesce(monthly_gross_profit_missing_reason = 'no_current_mrr',"
        " false)",
    ): {
        "no ARPA where there are customers": change(
            SEGMENT_VALUE, "arpa_amount = null", "customer_count > 0"
        ),
        "an ARPA of nobody": change(
            SEGMENT_VALUE,
            "arpa_amount = 1, monthly_gross_profit_missing_reason = 'no_current_mrr'",
        ),
    },
    (
        "fct_customer_value",
        "coalesce(cumulative_gross_profit_amount - cac_amount = historical_clv_amount,"
        " historical_clv_amount is null)"
        " and coalesce(npv_clv_amount + cross_sell_value_amount + referral_value_amount"
        " = total_clv_amount, total_clv_amount is null)",
    ): {
        "historical value leaves out the cost": change(
            CUSTOMER_VALUE,
            "cac_amount = 1, historical_clv_amount = cumulative_gross_profit_amount",
            "cumulative_gross_profit_amount is not null",
        ),
        "a total is a cent off": cent_off(CUSTOMER_VALUE, "total_clv_amount"),
    },
    (
        "fct_cohort_retention",
        "(year(month_start) - year(cohort_month_start)) * 12"
        " + month(month_start) - month(cohort_month_start) = months_since",
    ): {
        "a month is counted from another": change(COHORTS, "months_since = months_since + 1"),
    },
    (
        "fct_cohort_retention",
        "customer_count <= cohort_customer_count"
        " and month_0_customer_count <= cohort_customer_count",
    ): {
        f"more {count} than the cohort has": change(COHORTS, f"{count} = cohort_customer_count + 1")
        for count in ("customer_count", "month_0_customer_count")
    },
    (
        "fct_cohort_retention",
        "months_since <> 0 or (customer_count = month_0_customer_count"
        " and mrr_amount = month_0_mrr_amount)",
    ): {
        "month 0 has another customer than month 0": change(
            COHORTS, "customer_count = customer_count + 1", "months_since = 0"
        ),
        "month 0 is a cent off month 0": cent_off(COHORTS, "mrr_amount", "months_since = 0"),
    },
    (
        "fct_cohort_retention",
        "(customer_share is null) = (month_0_customer_count = 0)"
        " and (mrr_share is null) = (month_0_mrr_amount = 0)",
    ): {
        "no share of customers that there are": change(COHORTS, "customer_share = null"),
        "no share of MRR that there is": change(COHORTS, "mrr_share = null"),
        "a share of no customers": change(COHORTS, "month_0_customer_count = 0"),
        "a share of no MRR": change(COHORTS, "month_0_mrr_amount = 0"),
    },
    (
        "fct_churns",
        "is_returned = (returned_on is not null) and coalesce(returned_on > occurred_on, true)",
    ): {
        "a customer is back and nobody knows when": change(
            CHURNS, "returned_on = null", "is_returned"
        ),
        "a customer is back and counts as gone": change(
            CHURNS, "is_returned = false", "is_returned"
        ),
        "a customer is back on the day it left": change(
            CHURNS, "returned_on = occurred_on", "is_returned"
        ),
    },
    (
        "fct_churns",
        "tenure_months >= 0 and coalesce(nps_answered_on < occurred_on, true)",
    ): {
        "a customer left before it came": change(CHURNS, "tenure_months = -1"),
        "nobody knows since when it was a customer": change(CHURNS, "tenure_months = null"),
        "an answer of the day it left": change(
            CHURNS, "nps_answered_on = occurred_on", "nps_answered_on is not null"
        ),
    },
    (
        "fct_renewals",
        "coalesce(nps_answered_on < due_on and coalesce(nps_answered_on < renewed_on, true), true)",
    ): {
        "an answer of the day it fell due": change(
            RENEWALS, "nps_answered_on = due_on", "renewed_on is null"
        ),
        "an answer of the day it was renewed": change(
            RENEWALS, "nps_answered_on = renewed_on", "renewed_on < due_on"
        ),
    },
    ("input_contracts", "contract_months > 0"): {
        "a contract of no month": change(
            "input.input_contracts", "contract_months = 0", "status <> 'draft'"
        ),
    },
    (
        "fct_renewals",
        "(outcome in ('renewed', 'expanded', 'contracted')) = (renewal_method is not null)"
        " and (renewal_method is null) = (renewal_timing is null)"
        " and (renewal_timing is null) = (days_late is null)",
    ): {
        "a lapsed term was renewed somehow": change(
            RENEWALS,
            "renewal_method = 'contract', renewal_timing = 'on_time', days_late = 0",
            "outcome = 'lapsed'",
        ),
        "nobody says how a term was renewed": change(
            RENEWALS, "renewal_method = null", "outcome = 'expanded'"
        ),
        "nobody says when a term was renewed": change(
            RENEWALS, "renewal_timing = null", "outcome = 'expanded'"
        ),
        "nobody says how late": change(RENEWALS, "days_late = null", "outcome = 'expanded'"),
    },
    (
        "fct_renewals",
        "acv_before_amount is not null"
        " and (outcome = 'pending') = (reporting_acv_after_amount is null)",
    ): {
        "a term without a value": change(RENEWALS, "acv_before_amount = null"),
        "a decided term without an amount": change(
            RENEWALS, "reporting_acv_after_amount = null", "outcome <> 'pending'"
        ),
        "a pending term has an amount": change(
            RENEWALS, "reporting_acv_after_amount = 0", "outcome = 'pending'"
        ),
    },
    (
        "fct_renewals",
        "after_currency is distinct from currency or case outcome"
        " when 'expanded' then acv_after_amount > acv_before_amount"
        " when 'contracted' then acv_after_amount < acv_before_amount and acv_after_amount > 0"
        " when 'renewed' then acv_after_amount = acv_before_amount"
        " else acv_after_amount = 0 end",
    ): {
        "an expansion brings nothing": change(
            RENEWALS, "acv_after_amount = acv_before_amount", "outcome = 'expanded'"
        ),
        "a contraction loses nothing": change(
            RENEWALS, "acv_after_amount = acv_before_amount", "outcome = 'contracted'"
        ),
        "a contraction to nothing": change(
            RENEWALS, "acv_after_amount = 0", "outcome = 'contracted'"
        ),
        "a renewal at the same price is a cent off": cent_off(
            RENEWALS, "acv_after_amount", "outcome = 'renewed'"
        ),
        "a lapsed term is worth something": cent_off(
            RENEWALS, "acv_after_amount", "outcome = 'lapsed'"
        ),
    },
    (
        "fct_renewal_rates_by_month",
        "due_count = decided_count + pending_count"
        " and decided_count = renewed_count + lapsed_count and late_count <= renewed_count",
    ): {
        "a term is neither decided nor pending": change(
            RENEWAL_RATES, "pending_count = pending_count + 1"
        ),
        "a term is neither renewed nor lapsed": change(
            RENEWAL_RATES, "lapsed_count = lapsed_count + 1"
        ),
        "more are late than renewed": change(RENEWAL_RATES, "late_count = renewed_count + 1"),
    },
    (
        "fct_renewal_rates_by_month",
        "reporting_acv_renewed_amount <= reporting_acv_due_amount"
        " and reporting_acv_renewed_amount <= reporting_acv_after_amount",
    ): {
        "more is renewed than was due": change(
            RENEWAL_RATES,
            "reporting_acv_due_amount = reporting_acv_renewed_amount - 0.01",
        ),
        "more is renewed than what follows": change(
            RENEWAL_RATES,
            "reporting_acv_after_amount = reporting_acv_renewed_amount - 0.01",
        ),
    },
}

# A part of an event that a rule asks to be credited.
ASKED_PART = both(
    add(EVENT_PARTS, event_key="planted", part_key="whole", amount=1),
    add(
        RULED_PARTS,
        event_key="planted",
        part_key="whole",
        component_code="c",
        credit_kind="revenue",
        credit_source="opportunity_split",
    ),
)

# An event of somebody whose manager has an override, but is not credited yet.
ASKED_OVERRIDE = both(
    add(EVENT_PARTS, event_key="planted", part_key="whole", amount=1),
    add(
        RULED_PARTS,
        event_key="planted",
        part_key="whole",
        component_code="c",
        credit_source="manager_override",
        credit_percent=1,
        credited_on="2026-01-01",
    ),
    add(CREDITS, event_key="planted", payee_id="rep", credit_kind="revenue", credit_amount=1),
    add(MANAGERS, payee_id="rep", manager_payee_id="manager", valid_from="2026-01-01"),
)
OVERRIDE = {"event_key": "planted", "component_code": "c", "credit_kind": "override"}

# A line of a payee, looked up by attainment; without a quota as it stands.
WINDOW = {"measure": "m", "window_type": "month", "window_start": "2026-01-01"}
LINE_KEY = {"payee_id": "planted", "component_code": "c", "basis_key": "e"}
LINE_WITHOUT_QUOTA = both(
    add(BASED_LINES, **LINE_KEY, **WINDOW),
    add(RANGED_LINES, **LINE_KEY, tier_basis="attainment"),
    add(ATTAINMENTS, payee_id="planted", event_key="e", **WINDOW),
)

POSTING_KEY = {
    **LINE_KEY,
    "part": "earned",
    "earning_period_start": "2100-01-01",
    "currency": "CNY",
}

# Singular tests by file name.
BY_FILE: Mapping[str, Faults] = {
    "assert_revenue_credits_sum_to_events": {
        "revenue is credited to nobody": ASKED_PART,
        "revenue is credited twice": both(
            ASKED_PART,
            add(
                CREDITS,
                event_key="planted",
                component_code="c",
                credit_kind="revenue",
                credit_amount=2,
            ),
        ),
        "a refund takes back from nobody": both(
            add(CREDITS, event_key="planted", component_code="c", credit_kind="revenue"),
            add(EVENTS, event_key="refund", reversed_event_key="planted", amount=-1),
        ),
        "an event without parts": add(EVENTS, event_key="planted", amount=1),
    },
    "assert_overrides_stay_within_events": {
        "a manager is credited with more than the event": both(
            ASKED_OVERRIDE, add(CREDITS, **OVERRIDE, payee_id="manager", credit_amount=1.01)
        ),
        "a manager is credited with who reports to another": both(
            ASKED_OVERRIDE, add(CREDITS, **OVERRIDE, payee_id="another", credit_amount=1)
        ),
        "an override that no rule asks for": add(
            CREDITS, **OVERRIDE, payee_id="manager", credit_amount=1
        ),
    },
    "assert_payout_slices_sum_to_lines": {
        "a line without its slices": add(PAYOUT_LINES, line_id="planted", gross_amount=1),
        "a slice without its line": add(PAYOUT_SLICES, line_id="planted", amount=1),
    },
    "assert_postings_sum_to_entitlements": {
        "a cent is pending that nobody is entitled to": add(
            PENDING, **POSTING_KEY, pending_amount=0.01
        ),
        "an entitlement is neither posted nor pending": add(ENTITLEMENTS, **POSTING_KEY, amount=1),
    },
    "assert_payout_lines_name_movements": {
        "an expansion that finance does not report": add(
            PAYOUT_LINES, line_id="planted", event_type="mrr_expansion", movement_key="planted"
        ),
        "an expansion that names no movement": add(
            PAYOUT_LINES, line_id="planted", event_type="mrr_expansion"
        ),
        "a clawback by a churn that finance does not report": add(
            PAYOUT_LINES, line_id="planted", clawback_movement_key="planted"
        ),
    },
    "assert_quotas_cover_attainments": {
        "a window without a quota": LINE_WITHOUT_QUOTA,
        "a quota of 0 that guarantees nothing": both(
            LINE_WITHOUT_QUOTA,
            f"update {RANGED_LINES} set quota_amount = 0 where payee_id = 'planted'",
        ),
    },
    "assert_exchange_rates_cover_credits": {
        "a credit that could not be converted": add(CREDITS, event_key="planted", plan_code="p"),
    },
    "assert_ratings_have_one_scale": {
        "an answer counts that was given on another scale": change(
            "input.input_survey_responses",
            "scale_max = scale_max + 1",
            "'survey:' || survey_response_id = (select min(event_key)"
            " from intermediate.int_incentive_events where event_type = 'survey')",
        ),
    },
    "assert_commission_accruals_tie_to_the_ledger": {
        "a closing balance is a cent off": change(
            ACCRUALS,
            "closing_amount = closing_amount + 0.01",
            f"posting_period_start = (select max(posting_period_start) from {ACCRUALS})",
        ),
        "a payee is missing": (
            f"delete from {ACCRUALS} where payee_id = (select min(payee_id) from {ACCRUALS})"
        ),
    },
    "assert_capitalised_commissions_tie_to_the_ledger": {
        "a cent more is capitalised than was posted": cent_off(CAPITALISED, "capitalised_amount"),
    },
    "assert_capitalised_commissions_follow": {
        "a month opens with another balance": cent_off(CAPITALISED, "opening_amount"),
        "the roll-forward closes with another balance": cent_off(
            ROLL_FORWARD, "closing_pay_amount"
        ),
    },
    "assert_benefit_periods_cover_commissions": {
        "nobody says how long it benefits": change(
            COMMISSION_ASSETS, "event_type = 'planted', benefit_months = null"
        ),
    },
    "assert_exchange_rates_cover_adjustments": {
        "an adjustment that could not be converted": add(
            COUNTED_ADJUSTMENTS, basis_key="adjustment:planted", measure="m"
        ),
    },
    "assert_account_owners_do_not_overlap": {
        "an owner stays a day beside the next": change(
            ACCOUNT_OWNERS, "valid_to = valid_to + 1", HANDED_OVER
        ),
        "an owner stays for ever beside the next": change(
            ACCOUNT_OWNERS, "valid_to = null", HANDED_OVER
        ),
        "somebody is on a team twice": repeat(ACCOUNT_OWNERS, "role_code <> 'owner'"),
    },
    "assert_payment_allocations_sum_to_cash": {
        "a cent came from nowhere": cent_off(ALLOCATIONS, "amount", "refund_id is null"),
        "a refund gives back a cent more": cent_off(ALLOCATIONS, "amount", "refund_id is not null"),
        "a line was not paid": drop(ALLOCATIONS, "refund_id is null"),
        "a payment that nobody made": change(ALLOCATIONS, "payment_id = 'planted'"),
        "a refund is not known": drop(ALLOCATIONS, "refund_id is not null"),
    },
    "assert_channels_have_one_meaning": {
        "a wording of a channel is a referral and another is not": change(
            "reference.campaign_channels", "is_referral = true", "channel = 'event'"
        ),
    },
    "assert_customer_value_ties_to_mrr": {
        "a customer's MRR is a cent off": cent_off(CUSTOMER_VALUE, "mrr_amount"),
        "a customer of today is missing": drop(CUSTOMER_VALUE, "mrr_amount > 0"),
        **{
            fault: statement
            for whose, condition in (("the company", "= 'all'"), ("a segment", "<> 'all'"))
            for fault, statement in {
                f"{whose} has a cent too much": cent_off(
                    SEGMENT_VALUE, "mrr_amount", f"segment {condition}"
                ),
                f"{whose} has a customer too many": change(
                    SEGMENT_VALUE, "customer_count = customer_count + 1", f"segment {condition}"
                ),
                f"a month of {whose} is missing": drop(
                    SEGMENT_VALUE, f"mrr_amount > 0 and segment {condition}"
                ),
            }.items()
        },
    },
    "assert_customers_with_mrr_have_a_value": {
        "a customer that left has no value": drop(CUSTOMER_VALUE, "mrr_amount = 0"),
        "a customer that nobody knows has one": change(CUSTOMER_VALUE, "customer_id = 'planted'"),
        "a customer that never paid has one": change(
            "marts.dim_customers", "first_mrr_on = null", "first_mrr_on is not null"
        ),
    },
    "assert_gross_profit_is_explained_by_margins": {
        "a customer earns nothing at a margin": change(
            PROFITS,
            "known_gross_profit_amount = 0",
            f"known_gross_profit_amount = (select max(known_gross_profit_amount) from {PROFITS})",
        ),
        "MRR of a line that has a margin counts as without": cent_off(PROFITS, "margin_mrr_amount"),
        "a month earned by the margin of another": (
            "update input.input_gross_margins set gross_margin_rate = gross_margin_rate + 0.01"
        ),
    },
    "assert_acquired_customers_tie_to_movements": {
        "a customer is won twice": change(
            ACQUISITION, "new_customer_count = new_customer_count + 1", "channel <> 'all'"
        ),
        "the customers of a channel are missing": drop(
            ACQUISITION, "channel <> 'all' and new_customer_count > 0"
        ),
        "a month without customers has some": change(
            ACQUISITION,
            "month_start = cast(month_start - interval 20 year as date)",
            "channel <> 'all' and new_customer_count > 0",
        ),
    },
    "assert_acquisition_costs_add_up": {
        "a channel costs a cent more than the blended row": cent_off(
            ACQUISITION, "acquisition_cost_amount", "channel <> 'all'"
        ),
        "the blended row costs a cent more than the channels": cent_off(
            ACQUISITION, "acquisition_cost_amount", "channel = 'all'"
        ),
        "a cost that nobody posted": (
            f"update {ACQUISITION} set acquisition_cost_amount = acquisition_cost_amount + 1"
            f" where month_start = {AS_OF_MONTH} and (channel = 'all' or channel ="
            f" (select min(channel) from {ACQUISITION}"
            f" where month_start = {AS_OF_MONTH} and channel <> 'all'))"
        ),
        "a customer of the blended row is of no channel": change(
            ACQUISITION, "new_customer_count = new_customer_count + 1", "channel = 'all'"
        ),
    },
    "assert_dates_are_in_calendar": {
        "a change before the calendar": change(
            CHANGES, f"occurred_on = (select min(day_on) - 1 from {CALENDAR})"
        ),
        "a change after the calendar": change(
            CHANGES, f"occurred_on = (select max(day_on) + 1 from {CALENDAR})"
        ),
    },
    "assert_exchange_rates_cover_amounts": {
        f"no rate for USD in the latest month of {relation}": (
            f"update {relation} set {amount} = null where currency = 'USD' and {month} ="
            f" (select max({month}) from {relation} where currency = 'USD')"
        )
        for relation, amount, month in (
            (BALANCES, "reporting_mrr_amount", "month_start"),
            (CONVERTED_MOVEMENTS, "reporting_mrr_amount", "month_start"),
            (CONTRACT_MONTHS, "reporting_acv_amount", "month_start"),
            (CONTRACT_TERMS, "reporting_acv_amount", "rate_month_start"),
            (FOLLOWED_TERMS, "reporting_acv_amount", "rate_month_start"),
            (COSTS, "reporting_amount", "month_start"),
            (STAGE_CHANGES, "reporting_amount", "changed_on"),
            (COMMITTED, "reporting_committed_mrr_amount", "as_of_on"),
            (BOOKINGS, "reporting_billed_mrr_amount", "closed_on"),
        )
    },
    "assert_cohort_months_follow": {
        "the latest month of a cohort is missing": drop(COHORTS, LATEST),
        "the first month of a cohort is missing": drop(
            COHORTS, f"months_since = 0 and not {LATEST}"
        ),
        "a cohort begins before its first month": change(
            COHORTS, "months_since = -1", "months_since = 0"
        ),
        "a cohort loses a customer it had": change(
            COHORTS, "cohort_customer_count = cohort_customer_count - 1", "months_since = 1"
        ),
        "month 0 loses a customer it had": change(
            COHORTS, "month_0_customer_count = month_0_customer_count - 1", "months_since = 1"
        ),
    },
    "assert_cohorts_add_up_to_mrr": {
        "a cohort is a cent off": cent_off(COHORTS, "mrr_amount"),
        "a customer is in no cohort": change(
            COHORTS, "customer_count = customer_count - 1", "customer_count > 0"
        ),
        "a first movement starts no cohort": change(
            COHORTS, "cohort_customer_count = cohort_customer_count - 1", "months_since = 0"
        ),
        "a month of which no cohort knows": f"delete from {COHORTS} where {LATEST}",
        "a month of which the bridge does not know": f"delete from {BRIDGE} where {LATEST}",
    },
    "assert_cohorts_start_with_new_mrr": {
        "month 0 is a cent off": cent_off(COHORTS, "month_0_mrr_amount", "months_since = 0"),
        "month 0 was not revalued": change(
            COHORTS,
            "month_0_mrr_amount = month_0_mrr_amount * 1.01",
            "months_since = 12 and month_0_mrr_amount > 10000",
        ),
        "a cohort is missing": (
            f"delete from {COHORTS}"
            f" where cohort_month_start = (select min(cohort_month_start) from {COHORTS})"
        ),
        "new MRR that started no cohort": change(
            MOVEMENTS, "is_first_mrr = false", "is_first_mrr and occurred_on < '2024-01-01'"
        ),
    },
    "assert_customers_are_known": {
        f"a customer of {fact} that the dimension does not have": change(
            f"marts.{fact}", "customer_id = 'planted'"
        )
        for fact in (
            "fct_mrr_movements",
            "fct_mrr_by_customer_month",
            "fct_committed_mrr_by_customer",
            "fct_bookings_vs_billing",
            "fct_billing_without_booking",
            "fct_survey_responses",
            "fct_customer_health_by_quarter",
            "fct_renewals_at_risk",
            "fct_renewals",
            "fct_churns",
            "fct_customer_value",
        )
    },
    "assert_products_are_known": {
        "a product that the dimension does not have": change(
            MOVEMENT_ITEMS, "product_id = 'planted'"
        ),
    },
    "assert_money_is_conserved": {
        "an active item of the input is priced nowhere": drop(
            SEGMENTS, f"{ACTIVE} and cancels_on is null"
        ),
        "an item charges a cent that no balance shows": cent_off(
            SEGMENTS, "annualised_amount", ACTIVE
        ),
        "an item that no balance shows": repeat(SEGMENTS, ACTIVE),
        "ARR is a cent off": cent_off(
            "marts.fct_mrr_metrics_by_month", "arr_amount", f"conversion = 'local' and {LATEST}"
        ),
        "committed MRR starts a cent off": cent_off(COMMITTED, "active_mrr_amount"),
        "a customer's commitments are missing": drop(COMMITTED, "active_mrr_amount <> 0"),
        "a booking is a cent off": cent_off(BOOKINGS, "contracted_amount"),
        "a won deal without a booking": drop(BOOKINGS, "contracted_amount <> 0"),
        "the bookings of a currency are missing": (
            f"delete from {BOOKINGS} where currency = 'EUR'"
        ),
    },
    "assert_mrr_bridge_bases_agree": {
        "one basis closes a cent off": cent_off(
            BRIDGE, "closing_mrr_amount", "basis = 'month_end'"
        ),
        "one basis opens a cent off": cent_off(BRIDGE, "opening_mrr_amount", "basis = 'daily'"),
        "a month stands on one basis only": drop(BRIDGE, "basis = 'month_end'"),
        "a month stands on the other basis only": drop(BRIDGE, "basis = 'daily'"),
    },
    "assert_mrr_bridge_months_follow": {
        "a month opens a cent off": cent_off(
            BRIDGE, "opening_mrr_amount", "opening_mrr_amount <> 0"
        ),
        "the first month opens with something": cent_off(
            BRIDGE,
            "opening_mrr_amount",
            f"month_start = (select min(month_start) from {BRIDGE})",
        ),
        "a month is missing in the middle": drop(
            BRIDGE, f"opening_mrr_amount not in (0, closing_mrr_amount) and not {LATEST}"
        ),
        "a month is missing in which nothing moved": drop(
            BRIDGE,
            f"opening_mrr_amount = closing_mrr_amount and opening_mrr_amount <> 0 and not {LATEST}",
        ),
        "the latest month is missing": drop(BRIDGE, LATEST),
    },
    "assert_mrr_bridge_slices_add_up": {
        **{
            f"a cent of {measure} left its slice": cent_off(
                BRIDGE, f"{measure}_mrr_amount", "slice = 'segment'"
            )
            for measure in MEASURES
        },
        "the total is a cent off": cent_off(BRIDGE, "closing_mrr_amount", "slice = 'total'"),
        "a value of a slice is missing": drop(
            BRIDGE, "slice = 'country' and closing_mrr_amount <> 0"
        ),
        "a slice is missing": f"delete from {BRIDGE} where slice = 'product_line' and {LATEST}",
        "a total is missing": drop(BRIDGE, "slice = 'total'"),
    },
    "assert_mrr_equals_active_items": {
        "an active item is a cent above the bridge": cent_off(SEGMENTS, "mrr_amount", ACTIVE),
        "an active item that the bridge lacks": repeat(SEGMENTS, ACTIVE),
        "an item in the bridge that is not active yet": change(
            SEGMENTS, "is_signed = true", ACTIVE
        ),
        "a currency that the bridge lacks": (
            f"delete from {BRIDGE} where conversion = 'local' and currency = 'EUR'"
        ),
    },
    "assert_mrr_fx_is_explained_by_rates": {
        "fx has the wrong sign": change(
            BRIDGE,
            "fx_mrr_amount = -fx_mrr_amount",
            f"abs(fx_mrr_amount) = (select max(abs(fx_mrr_amount)) from {BRIDGE}"
            " where basis = 'daily' and slice = 'total')"
            " and basis = 'daily' and slice = 'total'",
        ),
        "a month was converted at another rate than the one shown": (
            f"update {RATES} set rate = rate * 1.01 where from_currency = 'USD' and {LATEST}"
        ),
    },
    "assert_mrr_movement_items_sum_to_movements": {
        "an item is a cent off": cent_off(
            MOVEMENT_ITEMS, "mrr_amount", "movement_type <> 'transfer'"
        ),
        "a movement without items": (
            f"delete from {MOVEMENT_ITEMS}"
            f" where movement_key = (select min(movement_key) from {MOVEMENTS})"
        ),
        "items without a movement": drop(MOVEMENTS),
        "transfers that do not cancel": change(
            MOVEMENT_ITEMS, "movement_type = 'expansion'", "movement_type = 'transfer'"
        ),
    },
    "assert_mrr_movements_sum_to_balances": {
        "a movement is a cent off": cent_off(MOVEMENTS, "mrr_amount"),
        "a movement is missing": drop(MOVEMENTS, "mrr_amount <> 0"),
        "a customer is missing in the latest month": drop(CUSTOMER_MONTHS, LATEST),
        "a balance that no movement made": change(
            CUSTOMER_MONTHS, "customer_id = 'planted'", LATEST
        ),
    },
    "assert_retention_bases_are_closing_mrr": {
        "a base lacks a customer": change(
            RETENTION, "base_customer_count = base_customer_count - 1", RETAINED
        ),
        "a customer that stayed is not retained": change(
            RETENTION, "retained_customer_count = retained_customer_count - 1", RETAINED
        ),
        "a base is not that of the month before": change(
            RETENTION, "base_mrr_amount = base_mrr_amount * 1.01", RETAINED
        ),
        "a period is missing": drop(RETENTION, RETAINED),
        "a period before the first customer": (
            f"insert into {RETENTION} select * replace (cast('1999-01-01' as date) as month_start)"
            f" from {RETENTION} where {_first(RETENTION, RETAINED)}"
        ),
        "a customer that no base holds": change(
            CUSTOMER_MONTHS, "customer_id = 'planted'", f"not {LATEST}"
        ),
    },
    "assert_retention_slices_add_up": {
        **{
            f"{slice_} lacks a part of {figure}": change(
                RETENTION, f"{figure} = {figure} - 1", f"slice = '{slice_}' and {figure} > 1"
            )
            for slice_ in ("segment", "country", "cohort_year", "owner")
            for figure in RETENTION_FIGURES
        },
        "a product line lacks a cent of the base": cent_off(
            RETENTION, "base_mrr_amount", "slice = 'product_line'"
        ),
        "a total is missing": drop(RETENTION, "slice = 'total'"),
        "a slice is missing": f"delete from {RETENTION} where slice = 'owner' and {LATEST}",
    },
    "assert_retention_ties_to_movements": {
        "retained MRR is a cent off": cent_off(RETENTION, "retained_mrr_amount", "slice = 'total'"),
        "closing MRR is a cent off": cent_off(RETENTION, "closing_mrr_amount", "slice = 'total'"),
        "a loss that no movement explains": drop(MOVEMENT_ITEMS, "movement_type = 'churn'"),
        "a gain that no movement explains": drop(MOVEMENT_ITEMS, "movement_type = 'expansion'"),
    },
    "assert_churns_match_movements": {
        "a churn that nobody explains": drop(CHURNS),
        "a churn that no movement shows": change(CHURNS, "movement_key = 'planted'"),
        "a churn lost a cent more": cent_off(CHURNS, "lost_mrr_amount"),
        "a churn of another customer": change(CHURNS, "customer_id = 'planted'"),
    },
    "assert_churns_sum_to_bridge": {
        "a churn is missing": drop(CHURNS),
        "a churn twice": repeat(CHURNS),
        "a churn lost a cent more": cent_off(CHURNS, "lost_mrr_amount"),
        "a churn lost a cent more in reporting currency": cent_off(
            CHURNS, "reporting_lost_mrr_amount"
        ),
        "a churn of a month that the bridge lacks": change(
            CHURNS, "month_start = month_start - interval 100 year"
        ),
    },
    "assert_renewals_match_contracts": {
        "a term that ran out is judged nowhere": drop(RENEWALS),
        "a term that no contract has": change(RENEWALS, "contract_id = 'planted'"),
        "a term is worth a cent more": cent_off(RENEWALS, "acv_before_amount"),
        "a term is due a day late": change(RENEWALS, "due_on = due_on + 1"),
        "a term is in another currency": change(RENEWALS, "currency = 'EUR'", "currency <> 'EUR'"),
    },
    "assert_renewal_rates_add_up": {
        **{
            f"a term more in {measure} of {slice_}": change(
                RENEWAL_RATES, f"{measure} = {measure} + 1", f"slice = '{slice_}'"
            )
            for measure in (
                "due_count",
                "decided_count",
                "renewed_count",
                "late_count",
                "lapsed_count",
            )
            for slice_ in ("total", "owner")
        },
        **{
            f"a cent more in {measure} of {slice_}": cent_off(
                RENEWAL_RATES, measure, f"slice = '{slice_}'"
            )
            for measure in (
                "reporting_acv_due_amount",
                "reporting_acv_renewed_amount",
                "reporting_acv_after_amount",
            )
            for slice_ in ("total", "nps_group")
        },
        "a slice is missing": f"delete from {RENEWAL_RATES} where slice = 'country'",
        "a month is missing": drop(RENEWAL_RATES, "slice = 'segment'"),
        "a month in which nothing fell due": change(
            RENEWAL_RATES, "month_start = month_start - interval 100 year"
        ),
    },
    "assert_stripe_items_have_prices": {
        "a live item of which no price is known": (
            f"delete from {ITEM_STATES} where subscription_item_id ="
            " (select min(items.subscription_item_id)"
            " from staging.stg_stripe__subscription_item as items"
            " inner join adapters.stripe__subscription_statuses as statuses"
            " on items.subscription_id = statuses.subscription_id"
            " where statuses.held_until is null and statuses.status = 'active')"
        ),
    },
    "assert_stripe_lines_have_intervals": {
        "a billed item has no interval": (
            f"delete from {ITEM_INTERVALS} where subscription_item_id ="
            f" (select min('stripe:' || subscription_item_id) from {LINES} where {RECURRING})"
        ),
        "a line bills an item of which nothing else is known": change(
            LINES, "subscription_item_id = 'planted'", RECURRING
        ),
        "a recurring line names no item": change(LINES, "subscription_item_id = null", RECURRING),
    },
    "assert_health_points_reproduce_score": {
        "a score is off by a hundredth": cent_off(HEALTH, "health_score"),
        "a score is missing": change(HEALTH, "health_score = null", "health_score is not null"),
        "points that no value earned": change(HEALTH, "usage_points = 1", "usage_points > 1"),
        "a value does not earn its points": change(HEALTH, "nps_value = 0", "nps_points > 0"),
        "a value is not counted": change(
            HEALTH, "csat_value = 0, csat_points = null", "csat_value is null"
        ),
        "it is healthy from where the seed does not say": change(
            HEALTH, "csat_healthy_threshold = 0.1"
        ),
        "it is at risk from where the seed does not say": change(
            HEALTH, "csat_at_risk_threshold = 0.1"
        ),
        "a customer at risk is called safe": change(HEALTH, "is_at_risk = false", "is_at_risk"),
        "a safe customer is called at risk": change(HEALTH, "is_at_risk = true", "not is_at_risk"),
    },
    "assert_health_covers_customers": {
        "a customer has no health": drop(HEALTH),
        "a health of no customer": change(HEALTH, "customer_id = 'planted'"),
    },
    "assert_renewals_at_risk_are_open": {
        "a contract at risk is missing": drop(AT_RISK, "renewal_status = 'upcoming'"),
        "a pending contract is missing": drop(AT_RISK, "renewal_status = 'pending'"),
        "a contract is at risk that is not open": change(AT_RISK, "contract_id = 'planted'"),
        "a month's risk is a cent off": cent_off(AT_RISK, "mrr_at_risk_amount"),
        "a risk of which nobody knows the amount": change(AT_RISK, "mrr_at_risk_amount = null"),
    },
    "assert_forecasts_add_up": {
        "a deal won is a cent more in the forecast": cent_off(FORECASTS, "own_closed_amount"),
        "an open deal is a cent more": cent_off(FORECASTS, "own_open_pipeline_amount"),
        "an omitted deal is a cent more": cent_off(FORECASTS, "own_omitted_amount"),
        "a deal is counted for two owners": change(
            FORECASTS, "own_closed_count = own_closed_count + 1"
        ),
        "an owner is missing": drop(FORECASTS, "own_closed_count > 0"),
    },
    "assert_deal_risks_cover_open_deals": {
        "an open deal is not judged": drop(DEAL_RISKS),
        "a deal is judged that is not open": change(DEAL_RISKS, "opportunity_id = 'planted'"),
    },
    "assert_survey_slices_add_up": {
        **{
            f"{measure} of {survey_type} left its slice": change(
                relation, f"{measure} = {measure} + 1", "slice = 'segment'"
            )
            for survey_type, relation in SURVEYS.items()
            for measure in (
                "response_count",
                "known_respondent_count",
                "unknown_respondent_count",
                "scored_count",
                "promoter_count" if survey_type == "nps" else "satisfied_count",
                "customer_heard_count",
                "active_customer_heard_count",
                "customer_count",
            )
        },
        "a slice is missing": (
            f"delete from {SURVEYS['nps']} where slice = 'owner' and month_start ="
            f" (select max(month_start) from {SURVEYS['nps']})"
        ),
        "a month is missing": (
            f"delete from {SURVEYS['csat']} where month_start ="
            f" (select max(month_start) from {SURVEYS['csat']})"
        ),
        "a response is missing": drop(
            "marts.fct_survey_responses", "survey_type = 'ces' and month_start is not null"
        ),
        "an unknown respondent is called known": change(
            "marts.fct_survey_responses",
            "customer_id = 'planted'",
            "customer_id = 'unknown' and survey_type <> 'other'",
        ),
        "a customer is not counted": (
            f"update {SURVEYS['nps']} set customer_count = customer_count - 1"
            " where slice <> 'product_line' and slice_value ="
            f" (select min(slice_value) from {SURVEYS['nps']} as same"
            " where same.slice = fct_nps_by_month.slice and same.customer_count > 0)"
        ),
    },
    "assert_exchange_rates_cover_contract_cash": {
        "cash that could not be converted": change(CONTRACT_CASH, "amount = null"),
        "a credit note that could not be converted": change(CONTRACT_REDUCTIONS, "amount = null"),
    },
    "assert_payouts_add_up_to_the_ledger": {
        "a posted line is a cent off": cent_off(POSTED, "amount", "close_kind <> 'opening'"),
        "a posted line is lost": drop(POSTED, "close_kind <> 'opening' and amount <> 0"),
        "a month of a payee is lost": drop(PAYOUTS, "payable_amount > 0"),
        "a payee was paid a cent more": cent_off(PAYOUTS, "payable_amount"),
    },
    "assert_payout_balances_follow": {
        "what was carried is forgotten": change(
            PAYOUTS, "carried_in_amount = carried_in_amount - 1"
        ),
    },
    "assert_closes_follow": {
        "a close follows another than the one before it": change(
            CLOSES, "previous_hash = 'planted'", "sequence > 1"
        ),
        "the first close follows something": change(
            CLOSES, "previous_hash = 'planted'", "previous_hash is null"
        ),
        "a close is missing": change(CLOSES, "sequence = sequence + 1", "sequence > 1"),
        "a month is closed twice": change(
            CLOSES,
            "period_start = period_start - interval 1 month",
            "sequence > 1 and kind = 'final'",
        ),
    },
    "assert_pipeline_bridges_follow": {
        f"{fault} of a {period}": statement
        for period, relation in PIPELINE.items()
        for fault, statement in {
            "an opening is a cent off": cent_off(
                relation, "opening_amount", "horizon = 'all' and slice = 'owner'"
            ),
            "a closing is a cent off": cent_off(
                relation, "closing_amount", "horizon = 'all' and not is_partial"
            ),
            "a deal is lost overnight": change(
                relation, "opening_count = opening_count + 1", "horizon = 'all'"
            ),
            "the quarter forgets a deal": (
                f"update {relation} set opening_amount = opening_amount + 1"
                f" where horizon = 'quarter' and slice = 'company' and not is_partial"
            ),
            "the bridge ends in the middle": drop(
                relation,
                "slice = 'company' and horizon = 'quarter' and not is_partial and"
                f" {period}_start = (select {period}_start from {relation}"
                f" where slice = 'company' and horizon = 'quarter' order by {period}_start"
                " limit 1 offset 5)",
            ),
        }.items()
    },
    "assert_pipeline_bridge_slices_add_up": {
        **{
            f"{step} of an owner is a cent off, by {period}": cent_off(
                relation, f"{step}_amount", "slice = 'owner'"
            )
            for period, relation in PIPELINE.items()
            for step in PIPELINE_STEPS
        },
        **{
            f"a team has one {count} deal more, by {period}": change(
                relation, f"{count}_count = {count}_count + 1", "slice = 'team'"
            )
            for period, relation in PIPELINE.items()
            for count in ("opening", "closing", "passed_through")
        },
        "a slice is missing": f"delete from {PIPELINE['month']} where slice = 'team'",
    },
    "assert_pipeline_bridges_close_on_open_deals": {
        **{
            f"a closing of horizon {horizon} is a cent off, by {period}": cent_off(
                relation, "closing_amount", f"horizon = '{horizon}' and slice = 'company'"
            )
            for period, relation in PIPELINE.items()
            for horizon in ("all", "quarter")
        },
        "a deal is missing at the end": change(
            PIPELINE["month"],
            "closing_count = closing_count - 1",
            "slice = 'company' and closing_count > 0",
        ),
        "a month is missing": drop(PIPELINE["month"], "slice = 'company' and closing_count > 0"),
        "a deal was open that no bridge knows": (
            f"insert into {OPPORTUNITIES_AT} (opportunity_id, valid_from_on, is_open,"
            " reporting_amount) select 'planted', as_of_on - 40, true, 100 from staging.as_of"
        ),
    },
    "assert_win_rates_tie_to_the_crm": {
        f"a {count} deal of a {slice_name} counts twice": change(
            WIN_RATES,
            f"{count}_count = {count}_count + 1",
            f"slice = '{slice_name}'",
        )
        for count in ("opened", "won", "lost", "opened_won", "opened_lost")
        for slice_name in ("company", "owner")
    },
    "assert_stage_visits_cover_lives": {
        "a visit goes on beside the next": change(
            VISITS, "left_at = left_at + interval 1 second", LEFT_VISIT
        ),
        "a deal is in no stage for a second": change(
            VISITS, "left_at = left_at - interval 1 second", LEFT_VISIT
        ),
        "a visit stays open beside the next": change(VISITS, "left_at = null", LEFT_VISIT),
        "the first visit is missing": drop(
            VISITS, f"{LEFT_VISIT} and visit_number = 1 and not is_deleted"
        ),
        "a deal has no visits": (
            f"delete from {VISITS} where object_id ="
            f" (select min(object_id) from {VISITS} where object_type = 'opportunity')"
        ),
        "the last visit ends, and nothing was deleted": change(
            VISITS,
            "left_at = entered_at",
            "object_type = 'opportunity' and is_open and not is_deleted",
        ),
    },
    "assert_funnel_slices_add_up": {
        "a lead is missing in a slice": change(
            CONVERSION, "entered_count = entered_count + 1", "slice = 'channel'"
        ),
        "a segment is missing": drop(ACTIVITY, "slice = 'segment'"),
        "the total is missing": drop(CONVERSION, "slice = 'total'"),
    },
    "assert_losses_tie_to_deals_and_churns": {
        "a lost deal is missing": drop(LOSSES, "loss_kind = 'loss'"),
        "a churn is missing": drop(LOSSES, "loss_kind = 'churn'"),
        "a deal is lost that is not": change(LOSSES, "source_id = 'planted'", "loss_kind = 'loss'"),
    },
    "assert_lead_visits_cover_lives": {
        "a visit goes on beside the next": change(
            VISITS, "left_at = left_at + interval 1 second", LEFT_LEAD_VISIT
        ),
        "a lead is in no stage for a second": change(
            VISITS, "left_at = left_at - interval 1 second", LEFT_LEAD_VISIT
        ),
        "a visit stays open beside the next": change(VISITS, "left_at = null", LEFT_LEAD_VISIT),
        "a lead has no visits": (
            f"delete from {VISITS} where object_id = (select min(lead_id) from input.input_leads)"
        ),
        "the last visit ends, and nothing was converted": change(
            VISITS, "left_at = entered_at", "object_type = 'lead' and is_open and not is_deleted"
        ),
        "a lead begins later than it was made": change(
            "input.input_leads", "created_at = created_at - interval 1 second"
        ),
    },
    "assert_lead_counts_tie_to_the_crm": {
        "a lead is in another stage than the CRM shows": change(
            VISITS, "stage_code = 'won'", "object_type = 'lead' and is_open and not is_deleted"
        ),
        "a lead is not rebuilt": (
            f"delete from {VISITS} where object_id = (select min(lead_id) from input.input_leads)"
        ),
    },
    "assert_stage_counts_tie_to_the_crm": {
        "a deal is in another stage than the CRM shows": change(
            OPPORTUNITIES_AT, "stage_code = 'renewed'", "valid_to_on is null and not is_deleted"
        ),
        "a lost deal is open": change(
            OPPORTUNITIES_AT, "is_lost = false, is_open = true", "valid_to_on is null and is_lost"
        ),
        "a deal is not rebuilt": drop(
            OPPORTUNITIES_AT, "valid_to_on is null and not is_deleted and is_won"
        ),
        "a deal counts twice": repeat(
            OPPORTUNITIES_AT, "valid_to_on is null and not is_deleted and is_won"
        ),
        "a deal that is there was deleted": change(
            OPPORTUNITIES_AT,
            "is_deleted = true, is_won = false",
            "valid_to_on is null and is_won",
        ),
    },
    "assert_deleted_opportunities_keep_their_past": {
        "a deleted deal has no visits": (
            f"delete from {VISITS} where object_id ="
            f" (select min(object_id) from {VISITS}"
            " where is_deleted and object_type = 'opportunity')"
        ),
        "a deleted deal's visit goes on": change(
            VISITS, "is_open = true", "is_deleted and object_type = 'opportunity'"
        ),
        "a deleted deal is still there": change(
            OPPORTUNITIES_AT, "is_deleted = false", "is_deleted and valid_to_on is null"
        ),
        "a deal is deleted long after it was": change(
            OPPORTUNITIES_AT,
            "valid_from_on = valid_from_on + 100",
            "is_deleted and valid_to_on is null",
        ),
    },
    "assert_missing_history_is_shown": {
        "a deal without history does not say so": (
            f"update {VISITS} set is_history_missing = false where object_id ="
            " (select min(deals.opportunity_id) from input.input_opportunities as deals"
            " anti join input.input_opportunity_stage_changes as changes"
            " on deals.opportunity_id = changes.opportunity_id)"
        ),
        "a told visit says that nobody told it": change(
            VISITS,
            "is_history_missing = true",
            "object_type = 'opportunity' and not is_deleted and not is_history_missing"
            " and stage_code = 'lead'",
        ),
        "a deal without visits": (
            f"delete from {VISITS} where object_id ="
            " (select min(opportunity_id) from input.input_opportunities)"
        ),
        "a history that begins late does not say so": both(
            "delete from input.input_opportunity_stage_changes where (opportunity_id, changed_at) ="
            " (select (opportunity_id, min(changed_at)) from input.input_opportunity_stage_changes"
            " semi join input.input_opportunities using (opportunity_id)"
            " group by opportunity_id having date_diff('day', min(changed_at), max(changed_at)) > 9"
            " and count(distinct cast(changed_at as date)) > 3 order by opportunity_id limit 1)",
        ),
    },
    "assert_odd_opportunities_are_flagged": {
        "a close before the creation is not flagged": (
            f"update {VISITS} set is_close_before_creation = false where object_id ="
            f" (select min(object_id) from {VISITS}"
            " where is_close_before_creation and not is_deleted)"
        ),
        "a close in time is flagged": change(
            VISITS,
            "is_close_before_creation = true",
            "object_type = 'opportunity' and not is_close_before_creation and not is_deleted",
        ),
        "a win before the first contact is not flagged": (
            "insert into input.input_activities (opportunity_id, occurred_on, is_contact)"
            f" select opportunity_id, valid_from_on + 1, true from {OPPORTUNITIES_AT} as wins"
            " anti join input.input_activities as activities using (opportunity_id)"
            " where is_won and valid_to_on is null order by valid_from_on limit 1"
        ),
        "a win after the first contact is flagged": change(
            VISITS,
            "is_won_before_contact = true",
            "object_type = 'opportunity' and not is_won_before_contact and not is_deleted",
        ),
        "an odd deal was dropped": (
            f"delete from {VISITS} where object_id ="
            f" (select min(object_id) from {VISITS}"
            " where is_close_before_creation and not is_deleted)"
        ),
    },
    "assert_subscription_item_intervals_do_not_overlap": {
        "an interval ends a day too late": change(INTERVALS, "valid_to = valid_to + 1", FOLLOWED),
        "an interval stays open beside the next": change(INTERVALS, "valid_to = null", FOLLOWED),
        "an interval of no day": change(INTERVALS, "valid_to = valid_from", "valid_to is not null"),
        "an interval twice": repeat(INTERVALS),
    },
}


class UnknownTest(LookupError):
    """A data test for which no fault is written here."""


def faults_for(test: Mapping[str, Any], relation: str) -> Faults:
    """The faults that a data test of the manifest is to find.

    `relation` is what a generic test reads. Raises UnknownTest where nothing is planted.
    """
    metadata = test.get("test_metadata")
    if not metadata:
        return _found(BY_FILE, test["name"])
    kwargs = metadata["kwargs"]
    if metadata["name"] == "true_in_every_row":
        return _found(BY_EXPRESSION, row_invariant(test, relation))
    return _found(BY_KIND, metadata["name"])(relation, kwargs, test["config"]["where"] or "true")


def row_invariant(test: Mapping[str, Any], relation: str) -> tuple[str, str]:
    """Model and expression of a `true_in_every_row` test, the key of BY_EXPRESSION."""
    expression = test["test_metadata"]["kwargs"]["expression"]
    return relation.split(".")[1], " ".join(expression.split())


def _found(faults: Mapping[Any, Any], key: object) -> Any:
    if key not in faults:
        raise UnknownTest(key)
    return faults[key]
