with outcomes as (
    select * from {{ ref('int_sales_outcomes_trailing') }}
),

cycles as (
    select * from {{ ref('int_sales_cycles_ranked') }}
),

fct_sales_cycles as (
    select
        outcomes.slice,
        outcomes.slice_value,
        outcomes.month_start,
        coalesce(cycles.cycle_count, 0) as cycle_count,
        coalesce(cycles.untimed_count, 0) as untimed_count,
        cast(coalesce(cycles.cycle_days, 0) as bigint) as cycle_days,
        {{ prorated('cycles.cycle_days', whole='cycles.cycle_count') }} as mean_cycle_days,
        cycles.median_cycle_days,
        cycles.p90_cycle_days,
        outcomes.is_partial
    from outcomes
    left join cycles
        on
            outcomes.slice = cycles.slice
            and outcomes.slice_value = cycles.slice_value
            and outcomes.month_start = cycles.month_start
)

select * from fct_sales_cycles
