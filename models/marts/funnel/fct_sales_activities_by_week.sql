with counted as (
    select * from {{ ref('int_sales_activities_counted') }}
),

targeted as (
    select * from {{ ref('int_activity_targets_by_week') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- Also weeks in which nothing was done though something was expected, and work of people of whom nothing is.
joined as (
    select
        coalesce(counted.owner_user_id, targeted.owner_user_id) as owner_user_id,
        coalesce(counted.week_start, targeted.week_start) as week_start,
        coalesce(counted.measure, targeted.measure) as measure,
        targeted.role_code,
        coalesce(counted.done_count, 0) as done_count,
        coalesce(counted.late_count, 0) as late_count,
        targeted.target_count
    from counted
    full outer join targeted
        on
            counted.owner_user_id = targeted.owner_user_id
            and counted.week_start = targeted.week_start
            and counted.measure = targeted.measure
),

fct_sales_activities_by_week as (
    select
        joined.owner_user_id,
        joined.week_start,
        joined.measure,
        joined.role_code,
        cast(joined.done_count as bigint) as done_count,
        cast(joined.late_count as bigint) as late_count,
        joined.target_count,
        {{ prorated('joined.done_count', '1', 'joined.target_count', 6) }} as attainment_rate,
        {{ days_later('joined.week_start', 6) }} > as_of.as_of_on as is_partial
    from joined
    cross join as_of
)

select * from fct_sales_activities_by_week
