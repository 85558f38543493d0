with changes as (
    select
        customer_id,
        currency,
        product_id,
        {{ month_start('occurred_on') }} as month_start,
        mrr_amount,
        annualised_amount
    from {{ ref('int_mrr_changes') }}
),

as_of as (
    select {{ month_start('as_of_on') }} as last_month_start from {{ ref('as_of') }}
),

months as (
    select month_start from {{ ref('int_days_spanned') }}
    where day_on = month_start
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

by_month as (
    select
        customer_id,
        currency,
        product_id,
        month_start,
        sum(mrr_amount) as mrr_amount,
        sum(annualised_amount) as annualised_amount
    from changes
    group by customer_id, currency, product_id, month_start
),

balances as (
    select
        customer_id,
        currency,
        product_id,
        month_start as since_month_start,
        lead(month_start) over (partition by customer_id, currency, product_id order by month_start) as next_month_start,
        sum(mrr_amount) over (
            partition by customer_id, currency, product_id order by month_start rows unbounded preceding
        ) as mrr_amount,
        sum(annualised_amount) over (
            partition by customer_id, currency, product_id order by month_start rows unbounded preceding
        ) as annualised_amount
    from by_month
),

-- The one grid: exchange rates move every month, also where nothing else does.
by_customer_product_month as (
    select
        balances.customer_id,
        balances.currency,
        balances.product_id,
        months.month_start,
        cast(balances.mrr_amount as decimal(18, 2)) as mrr_amount,
        cast(balances.annualised_amount as decimal(18, 2)) as annualised_amount,
        {{ prorated('balances.mrr_amount', 'rates.rate') }} as reporting_mrr_amount,
        {{ prorated('balances.annualised_amount', 'rates.rate') }} as reporting_annualised_amount
    from balances
    cross join as_of
    inner join months
        on
            balances.since_month_start <= months.month_start
            and coalesce({{ months_later('balances.next_month_start', -1) }}, as_of.last_month_start) >= months.month_start
    left join rates
        on
            balances.currency = rates.from_currency
            and months.month_start = rates.month_start
    where balances.mrr_amount <> 0 or balances.annualised_amount <> 0
)

select * from by_customer_product_month
