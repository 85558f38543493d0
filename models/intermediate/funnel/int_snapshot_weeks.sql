with calendar as (
    select
        day_on,
        cast(date_trunc('week', day_on) as date) as week_start
    from {{ ref('int_days_spanned') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

first_day as (
    select min(valid_from_on) as first_on from {{ ref('int_opportunities_at') }}
),

weeks as (
    select
        calendar.week_start,
        {{ week_known('calendar.week_start', 'as_of.as_of_on') }} as snapshot_on,
        {{ days_later('calendar.week_start', 6) }} > as_of.as_of_on as is_partial
    from calendar
    cross join as_of
    cross join first_day
    where
        calendar.day_on = calendar.week_start
        and calendar.week_start <= as_of.as_of_on
        and {{ days_later('calendar.week_start', 6) }} >= first_day.first_on
),

with_quarters as (
    select
        week_start,
        snapshot_on,
        {{ fiscal_period_start('snapshot_on', "'quarter'") }} as quarter_start,
        {{ fiscal_period_end('snapshot_on', "'quarter'") }} as quarter_end,
        is_partial
    from weeks
)

select * from with_quarters
