with retention as (
    select
        period,
        slice_value as segment,
        month_start,
        base_customer_count,
        base_customer_count - retained_customer_count as lost_customer_count,
        base_mrr_amount
    from {{ ref('fct_retention_by_month') }}
    where slice in ('total', 'segment') and not is_partial
),

bridge as (
    select
        slice_value as segment,
        month_start,
        expansion_mrr_amount
    from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'daily' and conversion = 'reporting' and slice in ('total', 'segment')
),

customers as (
    select
        customer_id,
        first_month_start
    from {{ ref('int_customers_channelled') }}
    where is_referral
),

segments as (
    select
        customer_id,
        segment
    from {{ ref('int_customers_described') }}
),

monthly as (
    select * from retention
    where period = 'month'
),

churned as (
    select
        monthly.segment,
        monthly.month_start,
        sum(earlier.base_customer_count) as opening_customer_count,
        sum(earlier.lost_customer_count) as churned_customer_count
    from monthly
    inner join monthly as earlier
        on
            monthly.segment = earlier.segment
            and earlier.month_start between {{ months_later('monthly.month_start', -5) }} and monthly.month_start
    group by monthly.segment, monthly.month_start
),

expanded as (
    select
        monthly.segment,
        monthly.month_start,
        sum(bridge.expansion_mrr_amount) as expansion_mrr_amount
    from monthly
    inner join bridge
        on
            monthly.segment = bridge.segment
            and bridge.month_start between {{ months_later('monthly.month_start', -11) }} and monthly.month_start
    group by monthly.segment, monthly.month_start
),

referred as (
    select
        monthly.segment,
        monthly.month_start,
        count(*) as referred_customer_count
    from monthly
    inner join customers
        on customers.first_month_start between {{ months_later('monthly.month_start', -11) }} and monthly.month_start
    left join segments on customers.customer_id = segments.customer_id
    where monthly.segment in ('all', coalesce(segments.segment, 'unknown'))
    group by monthly.segment, monthly.month_start
),

fct_value_rates_by_segment_month as (
    select
        churned.segment,
        churned.month_start,
        cast(churned.opening_customer_count as bigint) as opening_customer_count,
        cast(churned.churned_customer_count as bigint) as churned_customer_count,
        {{ prorated('churned.churned_customer_count', whole='churned.opening_customer_count', scale=6) }} as churn_rate,
        case when churned.opening_customer_count = 0 then 'no_history' end as churn_missing_reason,
        coalesce(yearly.base_mrr_amount, 0) as base_mrr_amount,
        cast(coalesce(expanded.expansion_mrr_amount, 0) as decimal(18, 2)) as expansion_mrr_amount,
        {{ prorated('coalesce(expanded.expansion_mrr_amount, 0)', whole='yearly.base_mrr_amount', scale=6) }} as expansion_rate,
        case when coalesce(yearly.base_mrr_amount, 0) = 0 then 'no_history' end as expansion_missing_reason,
        coalesce(yearly.base_customer_count, 0) as base_customer_count,
        coalesce(referred.referred_customer_count, 0) as referred_customer_count,
        {{ prorated('coalesce(referred.referred_customer_count, 0)', whole='yearly.base_customer_count', scale=6) }} as referral_rate,
        case when coalesce(yearly.base_customer_count, 0) = 0 then 'no_history' end as referral_missing_reason
    from churned
    left join retention as yearly
        on
            churned.segment = yearly.segment
            and churned.month_start = yearly.month_start
            and yearly.period = 'trailing_12_months'
    left join expanded
        on
            churned.segment = expanded.segment
            and churned.month_start = expanded.month_start
    left join referred
        on
            churned.segment = referred.segment
            and churned.month_start = referred.month_start
)

select * from fct_value_rates_by_segment_month
