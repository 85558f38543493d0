with stays as (
    select * from {{ ref('int_won_stays_measured') }}
),

months as (
    select calendar.day_on as month_start
    from {{ ref('int_days_spanned') }} as calendar
    cross join {{ ref('as_of') }} as as_of
    where calendar.day_on = calendar.month_start and calendar.day_on <= as_of.as_of_on
),

settings as (
    select * from {{ ref('int_forecast_settings') }}
),

by_segment as (
    select
        component,
        segment,
        stage_code,
        day_count,
        known_from,
        known_until,
        stay_count
    from stays
    union all
    select
        component,
        'all' as segment,
        stage_code,
        day_count,
        known_from,
        known_until,
        stay_count
    from stays
),

known as (
    select
        months.month_start,
        by_segment.component,
        by_segment.segment,
        by_segment.stage_code,
        by_segment.day_count,
        sum(by_segment.stay_count) as stay_count
    from by_segment
    inner join months
        on
            by_segment.known_from <= months.month_start
            and (by_segment.known_until is null or by_segment.known_until > months.month_start)
    group by months.month_start, by_segment.component, by_segment.segment, by_segment.stage_code, by_segment.day_count
),

ranked as (
    select
        *,
        sum(stay_count) over (partition by month_start, component, segment, stage_code order by day_count) as stays_so_far,
        sum(stay_count) over (partition by month_start, component, segment, stage_code) as habit_count
    from known
),

-- The nearest rank: the least number of days that the share of the stays does not exceed.
habits as (
    select
        ranked.month_start,
        ranked.component,
        ranked.segment,
        ranked.stage_code,
        cast(ranked.habit_count as bigint) as habit_count,
        min(ranked.day_count) as habit_days
    from ranked
    cross join settings
    where
        {{ scaled_integer('ranked.stays_so_far', 6) }} >= {{ exact_product([['settings.habit_percentile', 6], ['ranked.habit_count', 0]]) }}
        and ranked.habit_count >= settings.habit_count_from
    group by ranked.month_start, ranked.component, ranked.segment, ranked.stage_code, ranked.habit_count
)

select * from habits
