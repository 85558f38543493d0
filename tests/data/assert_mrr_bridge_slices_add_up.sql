-- Every slice of the bridge shows the same money: summed over its values, each column equals the total.
{% set measures = [
    'opening', 'new', 'reactivation', 'expansion', 'contraction', 'churn', 'transfer', 'fx',
] %}

with bridge as (
    select * from {{ ref('fct_mrr_bridge_by_month') }}
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
    group by basis, conversion, currency, slice, month_start
)

select
    summed.basis,
    summed.conversion,
    summed.currency,
    summed.slice,
    summed.month_start,
    summed.closing_mrr_amount,
    bridge.closing_mrr_amount as total_closing_mrr_amount
from summed
full outer join bridge
    on
        summed.basis = bridge.basis
        and summed.conversion = bridge.conversion
        and summed.currency = bridge.currency
        and summed.month_start = bridge.month_start
        and bridge.slice = 'total'
where
    (bridge.slice = 'total' or bridge.slice is null)
    and (
        bridge.slice is null
        or summed.closing_mrr_amount is distinct from bridge.closing_mrr_amount
        {% for measure in measures %}
        or summed.{{ measure }}_mrr_amount is distinct from bridge.{{ measure }}_mrr_amount
        {% endfor %}
    )
