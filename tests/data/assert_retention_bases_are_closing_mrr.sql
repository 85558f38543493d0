-- A period starts with all the customers and all the MRR that its first month end closed with, the MRR revalued at the rate
-- of the end month but for rounding, and retains the customers that are there at both ends.
{% set period_months = {'month': 1, 'trailing_12_months': 12} %}

with retention as (
    select * from {{ ref('fct_retention_by_month') }}
    where slice = 'total'
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

customer_months as (
    select
        customer_id,
        currency,
        month_start,
        mrr_amount
    from {{ ref('fct_mrr_by_customer_month') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

balances as (
    select
        month_start,
        count(*) as rounded_count
    from {{ ref('int_mrr_by_customer_product_month') }}
    group by month_start
),

starts as (
    {% for period, months in period_months.items() -%}
    select
        '{{ period }}' as period,
        month_start as base_month_start,
        {{ months_later('month_start', months) }} as month_start,
        customer_id,
        currency,
        mrr_amount
    from customer_months
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        starts.period,
        starts.month_start,
        count(distinct starts.customer_id) as base_count,
        count(distinct ends.customer_id) as retained_count
    from starts
    left join customer_months as ends
        on
            starts.customer_id = ends.customer_id
            and starts.month_start = ends.month_start
    group by starts.period, starts.month_start
),

revalued as (
    select
        starts.period,
        starts.month_start,
        min(balances.rounded_count) as rounded_count,
        sum(starts.mrr_amount * rates.rate) as base_amount
    from starts
    inner join rates
        on
            starts.currency = rates.from_currency
            and starts.month_start = rates.month_start
    inner join balances on starts.base_month_start = balances.month_start
    group by starts.period, starts.month_start
),

expected as (
    select
        counted.*,
        revalued.base_amount,
        revalued.rounded_count
    from counted
    cross join as_of
    left join revalued
        on
            counted.period = revalued.period
            and counted.month_start = revalued.month_start
    where counted.month_start <= as_of.as_of_on
)

select
    coalesce(retention.period, expected.period) as period,
    coalesce(retention.month_start, expected.month_start) as month_start,
    retention.base_customer_count,
    expected.base_count,
    retention.retained_customer_count,
    expected.retained_count,
    retention.base_mrr_amount,
    expected.base_amount
from retention
full outer join expected
    on
        retention.period = expected.period
        and retention.month_start = expected.month_start
where
    coalesce(retention.base_customer_count, 0) <> coalesce(expected.base_count, 0)
    or coalesce(retention.retained_customer_count, 0) <> coalesce(expected.retained_count, 0)
    or abs(coalesce(retention.base_mrr_amount, 0) - coalesce(expected.base_amount, 0)) * 200 > coalesce(expected.rounded_count, 0)
