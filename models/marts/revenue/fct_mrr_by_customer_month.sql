with balances as (
    select * from {{ ref('int_mrr_by_customer_product_month') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

by_customer_month as (
    select
        customer_id,
        currency,
        month_start,
        cast(sum(mrr_amount) as decimal(18, 2)) as mrr_amount,
        cast(sum(annualised_amount) as decimal(18, 2)) as annualised_amount,
        cast(sum(reporting_mrr_amount) as decimal(18, 2)) as reporting_mrr_amount,
        cast(sum(reporting_annualised_amount) as decimal(18, 2)) as reporting_annualised_amount
    from balances
    group by customer_id, currency, month_start
    having sum(mrr_amount) <> 0
),

fct_mrr_by_customer_month as (
    select
        by_customer_month.customer_id,
        by_customer_month.currency,
        by_customer_month.month_start,
        by_customer_month.mrr_amount,
        by_customer_month.annualised_amount,
        by_customer_month.reporting_mrr_amount,
        by_customer_month.reporting_annualised_amount,
        last_day(by_customer_month.month_start) > as_of.as_of_on as is_partial
    from by_customer_month
    cross join as_of
)

select * from fct_mrr_by_customer_month
