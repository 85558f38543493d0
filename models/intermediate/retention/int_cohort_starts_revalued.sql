with balances as (
    select
        customer_id,
        currency,
        product_id,
        month_start,
        mrr_amount
    from {{ ref('int_mrr_by_customer_product_month') }}
    where mrr_amount <> 0
),

cohorts as (
    select
        customer_id,
        cohort_month_start
    from {{ ref('int_customers_cohorted') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

starts as (
    select
        cohorts.cohort_month_start,
        balances.customer_id,
        balances.currency,
        balances.mrr_amount
    from cohorts
    inner join balances
        on
            cohorts.customer_id = balances.customer_id
            and cohorts.cohort_month_start = balances.month_start
),

revalued as (
    select
        starts.cohort_month_start,
        rates.month_start,
        count(distinct starts.customer_id) as month_0_customer_count,
        cast(sum({{ prorated('starts.mrr_amount', 'rates.rate') }}) as decimal(18, 2)) as month_0_mrr_amount
    from starts
    inner join rates
        on
            starts.currency = rates.from_currency
            and starts.cohort_month_start <= rates.month_start
    group by starts.cohort_month_start, rates.month_start
)

select * from revalued
