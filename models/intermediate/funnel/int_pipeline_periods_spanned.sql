with days as (
    select
        day_on,
        month_start,
        month_end
    from {{ ref('int_days_spanned') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

periods as (
    select
        'month' as period_type,
        day_on as period_start,
        month_end as period_end,
        {{ months_later('day_on', '-1') }} as previous_period_start
    from days
    where day_on = month_start
    union all
    select
        'week' as period_type,
        day_on as period_start,
        {{ days_later('day_on', '6') }} as period_end,
        {{ days_later('day_on', '-7') }} as previous_period_start
    from days
    where day_on = cast(date_trunc('week', day_on) as date)
),

spanned as (
    select
        periods.period_type,
        periods.period_start,
        periods.previous_period_start,
        least(periods.period_end, as_of.as_of_on) as closing_on,
        {{ fiscal_period_end('periods.period_end', "'quarter'") }} as horizon_end_on,
        periods.period_end > as_of.as_of_on as is_partial
    from periods
    cross join as_of
    where periods.period_start <= as_of.as_of_on
)

select * from spanned
