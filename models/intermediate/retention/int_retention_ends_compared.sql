with balances as (
    select
        customer_id,
        currency,
        product_id,
        month_start,
        mrr_amount,
        reporting_mrr_amount
    from {{ ref('int_mrr_by_customer_product_month') }}
    where mrr_amount <> 0
),

products as (
    select
        product_id,
        product_line
    from {{ ref('input_products') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

periods as (
    select
        'month' as period,
        1 as month_count
    union all
    select
        'trailing_12_months' as period,
        12 as month_count
),

shifted as (
    select
        periods.period,
        {{ months_later('balances.month_start', 'periods.month_count') }} as month_start,
        balances.customer_id,
        balances.currency,
        balances.product_id,
        balances.mrr_amount
    from balances
    cross join periods
    cross join as_of
    where {{ months_later('balances.month_start', 'periods.month_count') }} <= as_of.as_of_on
),

-- What a customer had counts at the rate of the month in which it is looked for: exchange rates keep and lose no customer.
ends as (
    select
        shifted.period,
        shifted.month_start,
        shifted.customer_id,
        shifted.product_id,
        1 as is_base,
        0 as is_closing,
        {{ prorated('shifted.mrr_amount', 'rates.rate') }} as base_mrr_amount,
        0 as closing_mrr_amount
    from shifted
    left join rates
        on
            shifted.currency = rates.from_currency
            and shifted.month_start = rates.month_start
    union all
    select
        periods.period,
        balances.month_start,
        balances.customer_id,
        balances.product_id,
        0 as is_base,
        1 as is_closing,
        0 as base_mrr_amount,
        balances.reporting_mrr_amount as closing_mrr_amount
    from balances
    cross join periods
),

compared as (
    select
        ends.period,
        ends.month_start,
        ends.customer_id,
        coalesce(products.product_line, 'unknown') as product_line,
        -- By the customer's own currency: an amount too small for the reporting currency is MRR.
        max(ends.is_base) = 1 as is_base,
        max(ends.is_closing) = 1 as is_closing,
        cast(sum(ends.base_mrr_amount) as decimal(18, 2)) as base_mrr_amount,
        cast(sum(ends.closing_mrr_amount) as decimal(18, 2)) as closing_mrr_amount
    from ends
    left join products on ends.product_id = products.product_id
    group by ends.period, ends.month_start, ends.customer_id, coalesce(products.product_line, 'unknown')
)

select * from compared
