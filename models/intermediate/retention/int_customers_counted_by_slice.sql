{% set slices = {
    'total': "'all'",
    'segment': 'segment',
    'country': 'country_code',
    'owner': 'owner_user_id',
    'product_line': 'product_line',
} %}

with lines_held as (
    select
        customer_id,
        month_start,
        product_line
    from {{ ref('int_product_lines_held') }}
),

customers as (
    select
        customer_id,
        segment,
        country_code,
        owner_user_id
    from {{ ref('int_customers_described') }}
),

described as (
    select
        lines_held.customer_id,
        lines_held.month_start,
        lines_held.product_line,
        customers.segment,
        customers.country_code,
        customers.owner_user_id
    from lines_held
    inner join customers on lines_held.customer_id = customers.customer_id
),

counted as (
    {% for slice, value in slices.items() -%}
    select
        '{{ slice }}' as slice,
        {{ value }} as slice_value,
        month_start,
        count(distinct customer_id) as customer_count
    from described
    group by {{ value ~ ', ' if slice != 'total' }}month_start
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from counted
