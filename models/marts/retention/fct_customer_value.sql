with customers as (
    select
        customer_id,
        first_mrr_on,
        first_month_start,
        channel
    from {{ ref('int_customers_channelled') }}
),

descriptions as (
    select
        customer_id,
        segment
    from {{ ref('int_customers_described') }}
),

profits as (
    select * from {{ ref('int_gross_profit_by_customer') }}
),

costs as (
    select * from {{ ref('fct_acquisition_costs_by_channel_month') }}
),

rates as (
    select * from {{ ref('fct_value_rates_by_segment_month') }}
),

thresholds as (
    select * from {{ ref('value_thresholds') }}
),

-- The latest month that is over: churn of half a month would look low.
as_of as (
    select {{ months_later(month_start(days_later('as_of_on', 1)), -1) }} as rates_month_start
    from {{ ref('as_of') }}
),

earning as (
    select
        customers.customer_id,
        coalesce(descriptions.segment, 'unknown') as segment,
        customers.channel,
        customers.first_mrr_on,
        profits.mrr_amount,
        profits.cumulative_gross_profit_amount,
        profits.monthly_gross_profit_amount,
        case when profits.monthly_gross_profit_amount is null then 'no_margin' end as monthly_gross_profit_missing_reason,
        costs.cac_amount,
        costs.cac_missing_reason,
        as_of.rates_month_start,
        rates.churn_rate,
        rates.expansion_rate,
        rates.referral_rate,
        -- A segment without a row had nobody when the month began.
        case when rates.churn_rate is null then 'no_history' end as churn_missing_reason,
        case when rates.expansion_rate is null then 'no_history' end as expansion_missing_reason,
        case when rates.referral_rate is null then 'no_history' end as referral_missing_reason
    from customers
    cross join as_of
    inner join profits on customers.customer_id = profits.customer_id
    left join costs
        on
            customers.channel = costs.channel
            and customers.first_month_start = costs.month_start
    left join descriptions on customers.customer_id = descriptions.customer_id
    left join rates
        on
            coalesce(descriptions.segment, 'unknown') = rates.segment
            and as_of.rates_month_start = rates.month_start
),

customer_values as (
    {{ customer_values('earning') }}
),

fct_customer_value as (
    select
        customer_values.customer_id,
        customer_values.segment,
        customer_values.channel,
        customer_values.first_mrr_on,
        customer_values.mrr_amount,
        customer_values.cumulative_gross_profit_amount,
        case when customer_values.cumulative_gross_profit_amount is null then 'no_margin' end as cumulative_gross_profit_missing_reason,
        cast(
            customer_values.cumulative_gross_profit_amount - customer_values.cac_amount as decimal(18, 2)
        ) as historical_clv_amount,
        coalesce(
            case when customer_values.cumulative_gross_profit_amount is null then 'no_margin' end, customer_values.cac_missing_reason
        ) as historical_clv_missing_reason,
        customer_values.monthly_gross_profit_amount,
        customer_values.monthly_gross_profit_missing_reason,
        customer_values.rates_month_start,
        customer_values.churn_rate,
        customer_values.churn_missing_reason,
        {{ customer_value_columns('customer_values', 'thresholds') }}
    from customer_values
    left join thresholds on thresholds.measure = 'cac_to_clv_ratio'
)

select * from fct_customer_value
