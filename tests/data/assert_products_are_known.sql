-- Every product of a movement is a row of dim_products, also one that billing does not know.
with products as (
    select product_id from {{ ref('dim_products') }}
),

movement_items as (
    select
        product_id,
        count(*) as row_count
    from {{ ref('fct_mrr_movement_items') }}
    group by product_id
)

select
    movement_items.product_id,
    movement_items.row_count
from movement_items
left join products on movement_items.product_id = products.product_id
where products.product_id is null
