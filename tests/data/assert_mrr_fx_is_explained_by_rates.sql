-- The fx line is what the rates did to the opening balance, but for rounding: half a cent for each amount that was rounded.
with bridge as (
    select
        month_start,
        fx_mrr_amount
    from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'daily' and conversion = 'reporting' and slice = 'total'
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

balances as (
    select * from {{ ref('int_mrr_by_customer_product_month') }}
),

movements as (
    select * from {{ ref('int_mrr_movements_converted') }}
    where basis = 'daily'
),

expected as (
    select
        {{ months_later('balances.month_start', 1) }} as month_start,
        sum(balances.mrr_amount * (this_month.rate - last_month.rate)) as expected_amount,
        count(*) as rounded_count
    from balances
    inner join rates as last_month
        on
            balances.currency = last_month.from_currency
            and balances.month_start = last_month.month_start
    inner join rates as this_month
        on
            balances.currency = this_month.from_currency
            and {{ months_later('balances.month_start', 1) }} = this_month.month_start
    group by {{ months_later('balances.month_start', 1) }}
),

closing as (
    select
        month_start,
        count(*) as rounded_count
    from balances
    group by month_start
),

moved as (
    select
        month_start,
        count(*) as rounded_count
    from movements
    group by month_start
)

select
    bridge.month_start,
    bridge.fx_mrr_amount,
    expected.expected_amount
from bridge
left join expected on bridge.month_start = expected.month_start
left join closing on bridge.month_start = closing.month_start
left join moved on bridge.month_start = moved.month_start
where
    abs(bridge.fx_mrr_amount - coalesce(expected.expected_amount, 0)) * 200
    > coalesce(expected.rounded_count, 0) + coalesce(closing.rounded_count, 0) + coalesce(moved.rounded_count, 0)
