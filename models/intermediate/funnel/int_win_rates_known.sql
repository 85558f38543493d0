with snapshots as (
    select
        snapshot_on,
        opportunity_id,
        opportunity_type,
        stage_code,
        age_bucket
    from {{ ref('int_opportunity_snapshots') }}
    where not is_history_missing
),

outcomes as (
    select * from {{ ref('int_opportunity_outcomes') }}
),

weeks as (
    select snapshot_on from {{ ref('int_snapshot_weeks') }}
),

settings as (
    select * from {{ ref('int_forecast_settings') }}
),

-- How each week of a deal ended, from the week on in which that was known.
ended as (
    select
        snapshots.opportunity_type,
        snapshots.stage_code,
        snapshots.age_bucket,
        outcomes.known_on,
        outcomes.forgotten_on,
        count(*) as decided_count,
        count(case when outcomes.is_won then 1 end) as won_count
    from snapshots
    inner join outcomes
        on
            snapshots.opportunity_id = outcomes.opportunity_id
            and snapshots.snapshot_on < outcomes.closed_on
    group by
        snapshots.opportunity_type,
        snapshots.stage_code,
        snapshots.age_bucket,
        outcomes.known_on,
        outcomes.forgotten_on
),

-- A deal that is taken up again has not ended, from that week on.
changes as (
    select
        opportunity_type,
        stage_code,
        age_bucket,
        known_on as changed_on,
        decided_count,
        won_count
    from ended
    union all
    select
        opportunity_type,
        stage_code,
        age_bucket,
        forgotten_on as changed_on,
        -decided_count as decided_count,
        -won_count as won_count
    from ended
    where forgotten_on is not null
),

-- One row for each kind of deal that was ever open: a kind without outcomes has a probability, too.
cells as (
    select distinct
        opportunity_type,
        stage_code,
        age_bucket
    from {{ ref('int_opportunity_snapshots') }}
),

by_week as (
    select
        weeks.snapshot_on,
        cells.opportunity_type,
        cells.stage_code,
        cells.age_bucket,
        coalesce(sum(changes.decided_count), 0) as decided_count,
        coalesce(sum(changes.won_count), 0) as won_count
    from weeks
    cross join cells
    left join changes
        on
            weeks.snapshot_on = changes.changed_on
            and cells.opportunity_type = changes.opportunity_type
            and cells.stage_code = changes.stage_code
            and cells.age_bucket = changes.age_bucket
    group by weeks.snapshot_on, cells.opportunity_type, cells.stage_code, cells.age_bucket
),

to_date as (
    select
        snapshot_on,
        opportunity_type,
        stage_code,
        age_bucket,
        cast(sum(decided_count) over until_then as bigint) as decided_count,
        cast(sum(won_count) over until_then as bigint) as won_count
    from by_week
    window until_then as (partition by opportunity_type, stage_code, age_bucket order by snapshot_on)
),

widened as (
    {{ smoothed_cells(
        'to_date',
        'snapshot_on',
        [['opportunity_type'], ['stage_code'], ['age_bucket']],
        'decided_count',
        'won_count',
        'settings'
    ) }}
)

select * from widened
