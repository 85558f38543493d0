with products as (
    select * from {{ ref('input_products') }}
),

-- Also a product that only an item or an invoice line names: what it earns finds its product.
product_ids as (
    select product_id from products
    union
    select product_id from {{ ref('input_subscription_items') }}
    where product_id is not null
    union
    select product_id from {{ ref('input_invoice_lines') }}
    where product_id is not null
    union
    select 'unknown' as product_id
),

dim_products as (
    select
        product_ids.product_id,
        coalesce(products.product_name, 'unknown') as product_name,
        coalesce(products.product_line, 'unknown') as product_line,
        coalesce(products.life_cycle_stage, 'unknown') as life_cycle_stage,
        coalesce(products.delivery_mode, 'unknown') as delivery_mode,
        coalesce(products.segment, 'unknown') as segment,
        products.is_active
    from product_ids
    left join products on product_ids.product_id = products.product_id
)

select * from dim_products
