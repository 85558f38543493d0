-- A view: a second table of every deal in every week would say nothing new.
{{ config(materialized='view') }}

with snapshots as (
    select * from {{ ref('int_opportunity_snapshots') }}
),

win_rates as (
    select
        snapshot_on,
        opportunity_type,
        stage_code,
        age_bucket,
        known_count,
        base_rate,
        win_probability
    from {{ ref('int_win_rates_known') }}
),

quarter_win_rates as (
    select
        quarter_start,
        is_expected,
        days_left_bucket,
        opportunity_type,
        stage_code,
        win_probability as quarter_win_probability
    from {{ ref('int_quarter_win_rates_known') }}
),

weighed as (
    select
        snapshots.snapshot_on,
        snapshots.quarter_start,
        snapshots.opportunity_id,
        snapshots.owner_user_id,
        snapshots.opportunity_type,
        snapshots.forecast_category,
        snapshots.reporting_amount,
        snapshots.crm_probability,
        snapshots.expected_close_on,
        snapshots.is_expected,
        snapshots.is_history_missing,
        win_rates.known_count,
        win_rates.base_rate,
        win_rates.win_probability,
        quarter_win_rates.quarter_win_probability
    from snapshots
    inner join win_rates
        on
            snapshots.snapshot_on = win_rates.snapshot_on
            and snapshots.opportunity_type = win_rates.opportunity_type
            and snapshots.stage_code = win_rates.stage_code
            and snapshots.age_bucket = win_rates.age_bucket
    inner join quarter_win_rates
        on
            snapshots.quarter_start = quarter_win_rates.quarter_start
            and snapshots.is_expected = quarter_win_rates.is_expected
            and snapshots.days_left_bucket = quarter_win_rates.days_left_bucket
            and snapshots.opportunity_type = quarter_win_rates.opportunity_type
            and snapshots.stage_code = quarter_win_rates.stage_code
)

select * from weighed
