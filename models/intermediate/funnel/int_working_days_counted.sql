{% set minutes_of_a_day = 60 * (var('working_day_ends_at_hour') - var('working_day_starts_at_hour')) %}

with days as (
    select day_on from {{ ref('int_days_spanned') }}
),

holidays as (
    select
        day_on,
        is_working_day
    from {{ ref('holidays') }}
    where calendar_code = '{{ var("working_calendar") }}'
),

worked as (
    select
        days.day_on,
        coalesce(
            holidays.is_working_day,
            -- Weeks begin on Monday: five days are worked.
            {{ days_between("cast(date_trunc('week', days.day_on) as date)", 'days.day_on') }} < 5
        ) as is_working_day
    from days
    left join holidays on days.day_on = holidays.day_on
),

-- With the minutes worked before each day, a span of time is a difference of two sums: no row per hour is needed.
counted as (
    select
        day_on,
        is_working_day,
        case when is_working_day then {{ minutes_of_a_day }} else 0 end as working_minutes,
        cast(
            sum(case when is_working_day then {{ minutes_of_a_day }} else 0 end) over (order by day_on rows unbounded preceding)
            - case when is_working_day then {{ minutes_of_a_day }} else 0 end as bigint
        ) as minutes_before
    from worked
)

select * from counted
