with weeks as (
    select
        snapshot_on,
        quarter_start,
        quarter_end
    from {{ ref('int_snapshot_weeks') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

buckets as (
    select * from {{ ref('forecast_buckets') }}
),

open_states as (
    select
        states.opportunity_id,
        coalesce(states.owner_user_id, 'unknown') as owner_user_id,
        coalesce(states.opportunity_type, 'unmapped') as opportunity_type,
        states.stage_code,
        states.forecast_category,
        states.reporting_amount,
        states.crm_probability,
        states.expected_close_on,
        states.created_on,
        states.is_history_missing,
        states.valid_from_on,
        -- Both ends are days, so that the join is one of ranges and not of all deals with all weeks.
        coalesce(states.valid_to_on, {{ days_later('as_of.as_of_on', 1) }}) as valid_until_on
    from {{ ref('int_opportunities_at') }} as states
    cross join as_of
    where states.is_open and not states.is_deleted
),

snapshots as (
    select
        weeks.snapshot_on,
        weeks.quarter_start,
        weeks.quarter_end,
        open_states.opportunity_id,
        open_states.owner_user_id,
        open_states.opportunity_type,
        open_states.stage_code,
        open_states.forecast_category,
        open_states.reporting_amount,
        open_states.crm_probability,
        open_states.expected_close_on,
        open_states.is_history_missing,
        coalesce(open_states.expected_close_on <= weeks.quarter_end, false) as is_expected,
        greatest({{ days_between('open_states.created_on', 'weeks.snapshot_on') }}, 0) as age_days,
        {{ days_between('weeks.snapshot_on', 'weeks.quarter_end') }} as days_left
    from open_states
    inner join weeks
        on
            open_states.valid_from_on <= weeks.snapshot_on
            and open_states.valid_until_on > weeks.snapshot_on
),

bucketed as (
    select
        snapshots.snapshot_on,
        snapshots.quarter_start,
        snapshots.quarter_end,
        snapshots.opportunity_id,
        snapshots.owner_user_id,
        snapshots.opportunity_type,
        snapshots.stage_code,
        coalesce(ages.bucket, 'unmapped') as age_bucket,
        coalesce(times_left.bucket, 'unmapped') as days_left_bucket,
        snapshots.is_expected,
        snapshots.forecast_category,
        snapshots.reporting_amount,
        snapshots.crm_probability,
        snapshots.expected_close_on,
        snapshots.is_history_missing
    from snapshots
    left join buckets as ages
        on
            ages.bucket_kind = 'age'
            and snapshots.age_days >= ages.days_from
            and (ages.days_to is null or snapshots.age_days < ages.days_to)
    left join buckets as times_left
        on
            times_left.bucket_kind = 'days_left'
            and snapshots.days_left >= times_left.days_from
            and (times_left.days_to is null or snapshots.days_left < times_left.days_to)
)

select * from bucketed
