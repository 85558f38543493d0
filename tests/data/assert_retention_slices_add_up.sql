-- Every slice of retention shows the same customers: summed over its values each figure equals the total.
-- A customer of two product lines is counted in both, so of these only what the base paid adds up.
{% set figures = ['base_customer_count', 'retained_customer_count', 'retained_mrr_amount', 'closing_mrr_amount'] %}

with retention as (
    select * from {{ ref('fct_retention_by_month') }}
),

totals as (
    {% for slice in ['product_line', 'segment', 'country', 'cohort_year', 'owner'] -%}
    select
        period,
        '{{ slice }}' as slice,
        month_start,
        {% for figure in figures %}
        {{ figure }},
        {% endfor %}
        base_mrr_amount
    from retention
    where slice = 'total'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        period,
        slice,
        month_start,
        {% for figure in figures %}
        sum({{ figure }}) as {{ figure }},
        {% endfor %}
        sum(base_mrr_amount) as base_mrr_amount
    from retention
    where slice <> 'total'
    group by period, slice, month_start
)

select
    coalesce(totals.period, summed.period) as period,
    coalesce(totals.slice, summed.slice) as slice,
    coalesce(totals.month_start, summed.month_start) as month_start,
    {% for figure in figures %}
    summed.{{ figure }},
    totals.{{ figure }} as total_{{ figure }},
    {% endfor %}
    summed.base_mrr_amount,
    totals.base_mrr_amount as total_base_mrr_amount
from totals
full outer join summed
    on
        totals.period = summed.period
        and totals.slice = summed.slice
        and totals.month_start = summed.month_start
where
    totals.base_mrr_amount is distinct from summed.base_mrr_amount
    {% for figure in figures %}
    or (totals.slice <> 'product_line' and totals.{{ figure }} is distinct from summed.{{ figure }})
    {% endfor %}
