-- A period opens with the closing of the one before: of all open deals always, of a quarter's while both look ahead to the same day.
with bridges as (
    select
        'month' as period_type,
        month_start as period_start,
        *
    from {{ ref('fct_pipeline_bridge_by_month') }}
    union all
    select
        'week' as period_type,
        week_start as period_start,
        *
    from {{ ref('fct_pipeline_bridge_by_week') }}
),

periods as (
    select * from {{ ref('int_pipeline_periods_spanned') }}
),

followed as (
    select
        bridges.period_type,
        bridges.horizon,
        bridges.slice,
        bridges.slice_value,
        bridges.period_start,
        bridges.opening_amount,
        bridges.opening_count,
        periods.previous_period_start,
        periods.horizon_end_on,
        lag(bridges.period_start) over periods_of_slice as last_period_start,
        lag(bridges.closing_amount) over periods_of_slice as last_closing_amount,
        lag(bridges.closing_count) over periods_of_slice as last_closing_count,
        lag(periods.horizon_end_on) over periods_of_slice as last_horizon_end_on
    from bridges
    inner join periods on bridges.period_type = periods.period_type and bridges.period_start = periods.period_start
    window periods_of_slice as (
        partition by bridges.period_type, bridges.horizon, bridges.slice, bridges.slice_value order by bridges.period_start
    )
)

select
    period_type,
    horizon,
    slice,
    slice_value,
    period_start,
    opening_amount,
    last_closing_amount,
    opening_count,
    last_closing_count
from followed
where
    (last_period_start is null and horizon = 'all' and opening_amount <> 0)
    or last_period_start <> previous_period_start
    or (
        (horizon = 'all' or horizon_end_on = last_horizon_end_on)
        and (opening_amount <> last_closing_amount or opening_count <> last_closing_count)
    )
