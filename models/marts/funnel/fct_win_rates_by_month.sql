with outcomes as (
    select * from {{ ref('int_sales_outcomes_by_month') }}
),

fct_win_rates_by_month as (
    select
        slice,
        slice_value,
        month_start,
        '{{ var("reporting_currency") }}' as currency,
        won_count,
        lost_count,
        {{ prorated('won_count', whole='won_count + lost_count', scale=6) }} as win_rate,
        won_amount,
        lost_amount,
        {{ prorated('won_amount', whole='won_amount + lost_amount', scale=6) }} as win_rate_by_amount,
        opened_count,
        opened_won_count,
        opened_lost_count,
        cast(opened_count - opened_won_count - opened_lost_count as int) as opened_undecided_count,
        {{ prorated('opened_won_count', whole='opened_count', scale=6) }} as close_rate,
        is_partial
    from outcomes
)

select * from fct_win_rates_by_month
