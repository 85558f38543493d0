with customer_months as (
    select * from {{ ref('int_gross_profit_by_customer_month') }}
),

customers as (
    select
        customer_id,
        segment
    from {{ ref('int_customers_described') }}
),

rates as (
    select * from {{ ref('fct_value_rates_by_segment_month') }}
),

costs as (
    select * from {{ ref('fct_acquisition_costs_by_channel_month') }}
    where channel = 'all'
),

thresholds as (
    select * from {{ ref('value_thresholds') }}
),

segmented as (
    select
        coalesce(customers.segment, 'unknown') as segment,
        customer_months.*
    from customer_months
    left join customers on customer_months.customer_id = customers.customer_id
    union all
    select
        'all' as segment,
        *
    from customer_months
),

summed as (
    select
        segment,
        month_start,
        count(*) as customer_count,
        sum(mrr_amount) as mrr_amount,
        sum(margin_mrr_amount) as margin_mrr_amount,
        sum(known_gross_profit_amount) as known_gross_profit_amount
    from segmented
    group by segment, month_start
),

averaged as (
    select
        rates.*,
        coalesce(summed.customer_count, 0) as customer_count,
        coalesce(summed.mrr_amount, 0) as mrr_amount,
        coalesce(summed.margin_mrr_amount, 0) as margin_mrr_amount,
        {{ prorated('summed.mrr_amount', whole='summed.customer_count') }} as arpa_amount,
        {{ prorated('summed.known_gross_profit_amount', whole='summed.margin_mrr_amount', scale=6) }} as gross_margin_rate
    from rates
    left join summed
        on
            rates.segment = summed.segment
            and rates.month_start = summed.month_start
),

earning as (
    select
        averaged.*,
        -- To the last digit: what is computed from it is rounded once.
        {{ prorated('averaged.arpa_amount', 'averaged.gross_margin_rate', scale=8) }} as monthly_gross_profit_amount,
        case
            when averaged.customer_count = 0 then 'no_current_mrr'
            when averaged.margin_mrr_amount = 0 then 'no_margin'
        end as monthly_gross_profit_missing_reason,
        case when averaged.segment = 'all' then costs.cac_amount end as cac_amount,
        case
            when averaged.segment <> 'all' then 'no_segment'
            when costs.month_start is null then 'no_new_customers'
            else costs.cac_missing_reason
        end as cac_missing_reason
    from averaged
    left join costs on averaged.month_start = costs.month_start
),

customer_values as (
    {{ customer_values('earning') }}
),

fct_customer_value_by_segment_month as (
    select
        customer_values.segment,
        customer_values.month_start,
        customer_values.customer_count,
        cast(customer_values.mrr_amount as decimal(18, 2)) as mrr_amount,
        customer_values.arpa_amount,
        cast(customer_values.margin_mrr_amount as decimal(18, 2)) as margin_mrr_amount,
        customer_values.gross_margin_rate,
        cast(customer_values.monthly_gross_profit_amount as decimal(18, 2)) as monthly_gross_profit_amount,
        customer_values.monthly_gross_profit_missing_reason,
        customer_values.churn_rate,
        customer_values.churn_missing_reason,
        {{ customer_value_columns('customer_values', 'thresholds') }}
    from customer_values
    left join thresholds on thresholds.measure = 'cac_to_clv_ratio'
)

select * from fct_customer_value_by_segment_month
