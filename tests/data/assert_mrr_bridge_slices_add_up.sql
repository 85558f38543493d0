-- Every slice of the bridge shows the same money: each is there, and summed over its values each column equals the total.
{% set slices = ['product_line', 'segment', 'country'] %}
{% set measures = [
    'opening', 'new', 'reactivation', 'expansion', 'contraction', 'churn', 'transfer', 'fx',
] %}

with bridge as (
    select * from {{ ref('fct_mrr_bridge_by_month') }}
),

totals as (
    {% for slice in slices -%}
    select
        basis,
        conversion,
        currency,
        '{{ slice }}' as slice,
        month_start,
        {% for measure in measures %}
        {{ measure }}_mrr_amount,
        {% endfor %}
        closing_mrr_amount
    from bridge
    where slice = 'total'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        basis,
        conversion,
        currency,
        slice,
        month_start,
        {% for measure in measures %}
        sum({{ measure }}_mrr_amount) as {{ measure }}_mrr_amount,
        {% endfor %}
        sum(closing_mrr_amount) as closing_mrr_amount
    from bridge
    where slice <> 'total'
    group by basis, conversion, currency, slice, month_start
)

select
    coalesce(totals.basis, summed.basis) as basis,
    coalesce(totals.conversion, summed.conversion) as conversion,
    coalesce(totals.currency, summed.currency) as currency,
    coalesce(totals.slice, summed.slice) as slice,
    coalesce(totals.month_start, summed.month_start) as month_start,
    summed.closing_mrr_amount,
    totals.closing_mrr_amount as total_closing_mrr_amount
from totals
full outer join summed
    on
        totals.basis = summed.basis
        and totals.conversion = summed.conversion
        and totals.currency = summed.currency
        and totals.slice = summed.slice
        and totals.month_start = summed.month_start
where
    totals.closing_mrr_amount is distinct from summed.closing_mrr_amount
    {% for measure in measures %}
    or totals.{{ measure }}_mrr_amount is distinct from summed.{{ measure }}_mrr_amount
    {% endfor %}
