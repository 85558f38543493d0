with snapshots as (
    select
        snapshot_on,
        quarter_start,
        quarter_end,
        opportunity_id,
        opportunity_type,
        stage_code,
        days_left_bucket,
        is_expected
    from {{ ref('int_opportunity_snapshots') }}
    where not is_history_missing
),

outcomes as (
    select
        opportunity_id,
        closed_on,
        reopened_on
    from {{ ref('int_opportunity_outcomes') }}
    where is_won
),

weeks as (
    select
        quarter_start,
        quarter_end
    from {{ ref('int_snapshot_weeks') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

settings as (
    select * from {{ ref('int_forecast_settings') }}
),

-- A deal counts as won in the quarter where it is at its end: one that was taken up again is open.
ended as (
    select
        snapshots.quarter_start,
        snapshots.is_expected,
        snapshots.days_left_bucket,
        snapshots.opportunity_type,
        snapshots.stage_code,
        count(*) as decided_count,
        count(outcomes.closed_on) as won_count
    from snapshots
    cross join as_of
    left join outcomes
        on
            snapshots.opportunity_id = outcomes.opportunity_id
            and snapshots.snapshot_on < outcomes.closed_on
            and snapshots.quarter_end >= outcomes.closed_on
            and (outcomes.reopened_on is null or snapshots.quarter_end < outcomes.reopened_on)
    where snapshots.quarter_end <= as_of.as_of_on
    group by
        snapshots.quarter_start,
        snapshots.is_expected,
        snapshots.days_left_bucket,
        snapshots.opportunity_type,
        snapshots.stage_code
),

-- The weeks of a quarter share it.
quarters as (
    select distinct
        quarter_start,
        quarter_end
    from weeks
),

-- One row for each kind of deal that was ever open: a kind without outcomes has a probability, too.
cells as (
    select distinct
        is_expected,
        days_left_bucket,
        opportunity_type,
        stage_code
    from {{ ref('int_opportunity_snapshots') }}
),

by_quarter as (
    select
        quarters.quarter_start,
        cells.is_expected,
        cells.days_left_bucket,
        cells.opportunity_type,
        cells.stage_code,
        cast(coalesce(sum(ended.decided_count), 0) as bigint) as decided_count,
        cast(coalesce(sum(ended.won_count), 0) as bigint) as won_count
    from quarters
    cross join cells
    left join ended
        on
            quarters.quarter_start > ended.quarter_start
            and cells.is_expected = ended.is_expected
            and cells.days_left_bucket = ended.days_left_bucket
            and cells.opportunity_type = ended.opportunity_type
            and cells.stage_code = ended.stage_code
    group by quarters.quarter_start, cells.is_expected, cells.days_left_bucket, cells.opportunity_type, cells.stage_code
),

smoothed as (
    {{ smoothed_cells(
        'by_quarter',
        'quarter_start',
        [['is_expected', 'days_left_bucket'], ['opportunity_type'], ['stage_code']],
        'decided_count',
        'won_count',
        'settings'
    ) }}
)

select * from smoothed
