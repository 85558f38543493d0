with balances as (
    select
        customer_id,
        product_id,
        month_start,
        reporting_mrr_amount
    from {{ ref('int_mrr_by_customer_product_month') }}
    where mrr_amount <> 0
),

products as (
    select
        product_id,
        -- Margins come in lower case: finance and billing need not spell a line alike.
        {{ spelled_alike('product_line') }} as product_line
    from {{ ref('input_products') }}
),

margins as (
    select * from {{ ref('int_gross_margins_dated') }}
),

-- Rounded where MRR is: by customer, currency and product. Every gross profit is a sum of these.
earned as (
    select
        balances.customer_id,
        balances.month_start,
        balances.reporting_mrr_amount,
        {{ prorated('balances.reporting_mrr_amount', 'margins.gross_margin_rate') }} as gross_profit_amount
    from balances
    left join products on balances.product_id = products.product_id
    left join margins
        on
            coalesce(products.product_line, 'unknown') = margins.product_line
            and balances.month_start >= margins.valid_from
            and (margins.valid_to is null or balances.month_start < margins.valid_to)
),

by_customer_month as (
    select
        customer_id,
        month_start,
        cast(sum(reporting_mrr_amount) as decimal(18, 2)) as mrr_amount,
        cast(sum(case when gross_profit_amount is not null then reporting_mrr_amount else 0 end) as decimal(18, 2)) as margin_mrr_amount,
        cast(coalesce(sum(gross_profit_amount), 0) as decimal(18, 2)) as known_gross_profit_amount,
        -- A sum that lacks a product would pass for a low profit.
        case when count(*) = count(gross_profit_amount) then cast(sum(gross_profit_amount) as decimal(18, 2)) end as gross_profit_amount
    from earned
    group by customer_id, month_start
)

select * from by_customer_month
