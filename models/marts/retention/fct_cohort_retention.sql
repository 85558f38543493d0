with balances as (
    select
        customer_id,
        month_start,
        reporting_mrr_amount
    from {{ ref('int_mrr_by_customer_product_month') }}
    where mrr_amount <> 0
),

customers as (
    select
        customer_id,
        cohort_month_start
    from {{ ref('int_customers_cohorted') }}
),

starts as (
    select * from {{ ref('int_cohort_starts_revalued') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

months as (
    select
        month_start,
        month_end
    from {{ ref('int_days_spanned') }}
    where day_on = month_start
),

cohorts as (
    select
        cohort_month_start,
        count(*) as cohort_customer_count
    from customers
    group by cohort_month_start
),

-- A cohort that is gone stays at 0: without its rows the mean over cohorts would show survivors only.
cohort_months as (
    select
        cohorts.cohort_month_start,
        cohorts.cohort_customer_count,
        months.month_start,
        months.month_end > as_of.as_of_on as is_partial
    from cohorts
    cross join as_of
    inner join months on cohorts.cohort_month_start <= months.month_start and as_of.as_of_on >= months.month_start
),

held as (
    select
        customers.cohort_month_start,
        balances.month_start,
        count(distinct balances.customer_id) as customer_count,
        sum(balances.reporting_mrr_amount) as mrr_amount
    from balances
    inner join customers on balances.customer_id = customers.customer_id
    group by customers.cohort_month_start, balances.month_start
),

measured as (
    select
        cohort_months.cohort_month_start,
        (year(cohort_months.month_start) - year(cohort_months.cohort_month_start)) * 12
        + month(cohort_months.month_start) - month(cohort_months.cohort_month_start) as months_since,
        cohort_months.month_start,
        cohort_months.cohort_customer_count,
        coalesce(held.customer_count, 0) as customer_count,
        cast(coalesce(held.mrr_amount, 0) as decimal(18, 2)) as mrr_amount,
        coalesce(starts.month_0_customer_count, 0) as month_0_customer_count,
        cast(coalesce(starts.month_0_mrr_amount, 0) as decimal(18, 2)) as month_0_mrr_amount,
        cohort_months.is_partial
    from cohort_months
    left join held
        on
            cohort_months.cohort_month_start = held.cohort_month_start
            and cohort_months.month_start = held.month_start
    left join starts
        on
            cohort_months.cohort_month_start = starts.cohort_month_start
            and cohort_months.month_start = starts.month_start
),

fct_cohort_retention as (
    select
        cohort_month_start,
        cast(months_since as int) as months_since,
        month_start,
        cohort_customer_count,
        customer_count,
        mrr_amount,
        month_0_customer_count,
        month_0_mrr_amount,
        {{ prorated('customer_count', '1', 'month_0_customer_count', 6) }} as customer_share,
        {{ prorated('mrr_amount', '1', 'month_0_mrr_amount', 6) }} as mrr_share,
        is_partial
    from measured
)

select * from fct_cohort_retention
