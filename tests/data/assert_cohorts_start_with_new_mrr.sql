-- Month 0 of a cohort is the new MRR that the bridge closes its month with (basis month_end), less the returns that count
-- as new because they came late: equal to the cent in month 0, and revalued in every later month but for rounding.
with cohorts as (
    select * from {{ ref('fct_cohort_retention') }}
),

bridge as (
    select
        month_start,
        new_mrr_amount
    from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'month_end' and conversion = 'reporting' and slice = 'total'
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

firsts as (
    -- One row a customer: two currencies may start on one day.
    select distinct
        customer_id,
        {{ month_start('occurred_on') }} as month_start
    from {{ ref('fct_mrr_movements') }}
    where is_first_mrr
),

begun as (
    select
        movements.month_start,
        movements.currency,
        firsts.customer_id is not null as is_first_mrr,
        sum(movements.mrr_amount) as mrr_amount,
        sum(movements.reporting_mrr_amount) as reporting_mrr_amount,
        count(*) as rounded_count
    from {{ ref('int_mrr_movements_converted') }} as movements
    left join firsts
        on
            movements.customer_id = firsts.customer_id
            and movements.month_start = firsts.month_start
    where movements.basis = 'month_end' and movements.movement_type = 'new'
    group by movements.month_start, movements.currency, firsts.customer_id is not null
),

late_returns as (
    select
        month_start,
        sum(reporting_mrr_amount) as late_mrr_amount
    from begun
    where not is_first_mrr
    group by month_start
),

revalued as (
    select
        begun.month_start as cohort_month_start,
        rates.month_start,
        sum(begun.mrr_amount * rates.rate) as revalued_amount,
        sum(begun.rounded_count) as rounded_count
    from begun
    inner join rates
        on
            begun.currency = rates.from_currency
            and begun.month_start <= rates.month_start
    where begun.is_first_mrr
    group by begun.month_start, rates.month_start
),

expected as (
    select
        coalesce(cohorts.cohort_month_start, bridge.month_start) as cohort_month_start,
        coalesce(cohorts.month_start, bridge.month_start) as month_start,
        cohorts.month_0_mrr_amount,
        case
            when bridge.month_start is not null then bridge.new_mrr_amount - coalesce(late_returns.late_mrr_amount, 0)
        end as new_mrr_amount,
        coalesce(revalued.revalued_amount, 0) as revalued_amount,
        coalesce(revalued.rounded_count, 0) as rounded_count
    from cohorts
    full outer join bridge
        on
            cohorts.cohort_month_start = bridge.month_start
            and cohorts.month_start = bridge.month_start
    left join late_returns on bridge.month_start = late_returns.month_start
    left join revalued
        on
            cohorts.cohort_month_start = revalued.cohort_month_start
            and cohorts.month_start = revalued.month_start
)

select * from expected
where
    coalesce(month_0_mrr_amount, 0) <> coalesce(new_mrr_amount, month_0_mrr_amount)
    or abs(coalesce(month_0_mrr_amount, 0) - revalued_amount) * 200 > rounded_count
