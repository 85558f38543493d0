-- What retention says was lost, and what the base grew by, is what the movements of the period say, to the cent.
-- Found a second way: from the changes alone, without a balance of anybody who stood still.
{% set period_months = {'month': 1, 'trailing_12_months': 12} %}

with retention as (
    select * from {{ ref('fct_retention_by_month') }}
    where slice = 'total'
),

changes as (
    select
        customer_id,
        currency,
        product_id,
        {{ month_start('occurred_on') }} as month_start,
        sum(mrr_amount) as mrr_amount
    from {{ ref('fct_mrr_movement_items') }}
    group by customer_id, currency, product_id, {{ month_start('occurred_on') }}
),

changed as (
    select
        *,
        sum(mrr_amount) over (
            partition by customer_id, currency, product_id order by month_start rows unbounded preceding
        ) as mrr_after_amount
    from changes
),

-- A change belongs to each period that ends in its month or in one of the months after it.
in_periods as (
    {% for period, months in period_months.items() -%}
    {% for month in range(months) -%}
    select
        '{{ period }}' as period,
        {{ months }} as month_count,
        {{ months_later('month_start', month) }} as period_month_start,
        changed.*
    from changed
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

netted as (
    select
        period,
        month_count,
        period_month_start,
        customer_id,
        currency,
        product_id,
        max_by(mrr_after_amount, month_start) as closing_amount,
        max_by(mrr_after_amount, month_start) - sum(mrr_amount) as base_amount
    from in_periods
    group by period, month_count, period_month_start, customer_id, currency, product_id
),

by_customer as (
    select
        netted.period,
        netted.month_count,
        netted.period_month_start,
        netted.customer_id,
        sum({{ prorated('netted.closing_amount', 'rates.rate') }} - {{ prorated('netted.base_amount', 'rates.rate') }}) as change_amount
    from netted
    left join {{ ref('int_exchange_rates_by_month') }} as rates
        on
            netted.currency = rates.from_currency
            and netted.period_month_start = rates.month_start
    group by netted.period, netted.month_count, netted.period_month_start, netted.customer_id
),

base_customers as (
    -- One row a customer and month: it may pay in several currencies.
    select distinct
        customer_id,
        month_start
    from {{ ref('fct_mrr_by_customer_month') }}
),

moved as (
    select
        by_customer.period,
        by_customer.period_month_start as month_start,
        sum(least(by_customer.change_amount, 0)) as lost_amount,
        sum(by_customer.change_amount) as change_amount
    from by_customer
    inner join base_customers
        on
            by_customer.customer_id = base_customers.customer_id
            and {{ months_later('by_customer.period_month_start', '-by_customer.month_count') }} = base_customers.month_start
    group by by_customer.period, by_customer.period_month_start
)

select
    retention.period,
    retention.month_start,
    retention.retained_mrr_amount - retention.base_mrr_amount as lost_mrr_amount,
    moved.lost_amount,
    retention.closing_mrr_amount - retention.base_mrr_amount as change_mrr_amount,
    moved.change_amount
from retention
left join moved
    on
        retention.period = moved.period
        and retention.month_start = moved.month_start
where
    retention.retained_mrr_amount - retention.base_mrr_amount <> coalesce(moved.lost_amount, 0)
    or retention.closing_mrr_amount - retention.base_mrr_amount <> coalesce(moved.change_amount, 0)
