with pools as (
    select
        pool_id,
        segment,
        {{ fiscal_period_end('period_start', 'period_type') }} as period_end
    from {{ ref('payout_pools') }}
),

customers as (
    select
        customer_id,
        channel,
        first_month_start,
        first_mrr_on
    from {{ ref('int_customers_channelled') }}
),

descriptions as (
    select
        customer_id,
        segment
    from {{ ref('int_customers_described') }}
),

costs as (
    select
        channel,
        month_start,
        cac_amount
    from {{ ref('int_acquisition_costs_divided') }}
),

profits as (
    select
        customer_id,
        month_start,
        gross_profit_amount
    from {{ ref('int_gross_profit_by_customer_month') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- The value that a customer had on the last day of the period, whatever it has today.
members as (
    select
        pools.pool_id,
        customers.customer_id,
        max(costs.cac_amount) as cac_amount,
        coalesce(sum(profits.gross_profit_amount), 0) as gross_profit_amount,
        case
            when max(costs.cac_amount) is null then 'no_cac'
            when count(profits.month_start) > count(profits.gross_profit_amount) then 'no_margin'
        end as missing_reason
    from pools
    cross join cutoff
    inner join customers on pools.period_end >= customers.first_mrr_on
    left join descriptions on customers.customer_id = descriptions.customer_id
    left join costs
        on
            customers.channel = costs.channel
            and customers.first_month_start = costs.month_start
    left join profits
        on
            customers.customer_id = profits.customer_id
            and pools.period_end >= last_day(profits.month_start)
    where
        pools.period_end <= cutoff.cutoff_on
        and (pools.segment is null or pools.segment = coalesce(descriptions.segment, 'unknown'))
    group by pools.pool_id, customers.customer_id
),

valued as (
    select
        pool_id,
        customer_id,
        missing_reason,
        case when missing_reason is null then cast(gross_profit_amount - cac_amount as decimal(18, 2)) end as clv_amount
    from members
)

select * from valued
