{% set slices = {'total': "'all'", 'product_line': 'product_line', 'segment': 'segment', 'country': 'country_code'} %}

with cells as (
    select * from {{ ref('int_mrr_bridge_cells_summed') }}
),

sliced as (
    {% for slice, value in slices.items() -%}
    select
        basis,
        month_start,
        currency,
        '{{ slice }}' as slice,
        {{ value }} as slice_value,
        measure,
        mrr_amount,
        reporting_mrr_amount
    from cells
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

converted as (
    select
        basis,
        'local' as conversion,
        currency,
        slice,
        slice_value,
        month_start,
        measure,
        mrr_amount
    from sliced
    union all
    select
        basis,
        'reporting' as conversion,
        '{{ var("reporting_currency") }}' as currency,
        slice,
        slice_value,
        month_start,
        measure,
        reporting_mrr_amount as mrr_amount
    from sliced
)

select
    basis,
    conversion,
    currency,
    slice,
    slice_value,
    month_start,
    measure,
    cast(sum(mrr_amount) as decimal(18, 2)) as mrr_amount
from converted
group by basis, conversion, currency, slice, slice_value, month_start, measure
