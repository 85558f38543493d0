with balances as (
    select
        customer_id,
        product_id,
        month_start
    from {{ ref('int_mrr_by_customer_product_month') }}
    where mrr_amount <> 0
),

products as (
    select
        product_id,
        product_line
    from {{ ref('input_products') }}
),

held as (
    select
        balances.customer_id,
        balances.month_start,
        coalesce(products.product_line, 'unknown') as product_line
    from balances
    left join products on balances.product_id = products.product_id
    group by balances.customer_id, balances.month_start, coalesce(products.product_line, 'unknown')
)

select * from held
