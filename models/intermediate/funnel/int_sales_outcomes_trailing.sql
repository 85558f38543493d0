with outcomes as (
    select * from {{ ref('int_sales_outcomes_by_month') }}
),

-- Every month of a slice has a row, so that so many rows are so many months.
looked_at as (
    select
        slice,
        slice_value,
        month_start,
        is_partial,
        {% for name in ['won', 'lost', 'cycle'] -%}
        cast(sum({{ name }}_count) over months_looked_at as int) as {{ name }}_count,
        {% endfor -%}
        cast(sum(cycle_days) over months_looked_at as bigint) as cycle_days,
        cast(sum(won_amount) over months_looked_at as decimal(18, 2)) as won_amount
    from outcomes
    window months_looked_at as (
        partition by slice, slice_value order by month_start
        rows between {{ var('sales_trailing_months') - 1 }} preceding and current row
    )
)

select * from looked_at
