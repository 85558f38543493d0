with pools as (
    select
        pool_id,
        component_code,
        target_amount,
        pool_share,
        currency,
        {{ fiscal_period_end('period_start', 'period_type') }} as period_end
    from {{ ref('payout_pools') }}
),

members as (
    select * from {{ ref('int_pool_members_valued') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

rates as (
    select * from {{ ref('int_pay_rates_by_month') }}
    where rate_type = 'month' and from_currency = '{{ var('reporting_currency') }}'
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

summed as (
    select
        pool_id,
        sum(clv_amount) as reporting_clv_amount,
        count(clv_amount) as known_customer_count,
        count(*) - count(clv_amount) as unknown_customer_count
    from members
    group by pool_id
),

converted as (
    select
        pools.*,
        currencies.minor_unit_digits,
        cast(coalesce(summed.known_customer_count, 0) as bigint) as known_customer_count,
        cast(coalesce(summed.unknown_customer_count, 0) as bigint) as unknown_customer_count,
        {{ money_share(
            'coalesce(summed.reporting_clv_amount, 0)',
            times=[["case when pools.currency = '" ~ var('reporting_currency') ~ "' then 1 else rates.rate end", 10]],
            minor_unit_digits='currencies.minor_unit_digits'
        ) }} as clv_amount
    from pools
    cross join cutoff
    inner join currencies on pools.currency = currencies.currency_code
    left join summed on pools.pool_id = summed.pool_id
    left join rates
        on
            pools.currency = rates.to_currency
            and {{ month_start('pools.period_end') }} = rates.month_start
    where pools.period_end <= cutoff.cutoff_on
),

valued as (
    select
        *,
        {{ money_share(
            'greatest(clv_amount - target_amount, 0)', times=[['pool_share', 6]], minor_unit_digits='minor_unit_digits'
        ) }} as pool_amount
    from converted
)

select * from valued
