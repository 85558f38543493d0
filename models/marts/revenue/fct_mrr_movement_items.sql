with item_parts as (
    select * from {{ ref('int_mrr_item_parts_split') }}
),

movements as (
    select
        movement_key,
        customer_id,
        currency,
        occurred_on,
        movement_type
    from {{ ref('fct_mrr_movements') }}
),

parts as (
    select
        movements.movement_key,
        movements.customer_id,
        movements.currency,
        movements.occurred_on,
        item_parts.product_id,
        item_parts.subscription_item_id,
        movements.movement_type,
        item_parts.movement_mrr_amount,
        item_parts.transfer_mrr_amount
    from item_parts
    inner join movements
        on
            item_parts.customer_id = movements.customer_id
            and item_parts.currency = movements.currency
            and item_parts.occurred_on = movements.occurred_on
),

unpivoted as (
    select
        movement_key,
        customer_id,
        currency,
        occurred_on,
        product_id,
        subscription_item_id,
        movement_type,
        movement_mrr_amount as mrr_amount
    from parts
    where movement_mrr_amount <> 0
    union all
    select
        movement_key,
        customer_id,
        currency,
        occurred_on,
        product_id,
        subscription_item_id,
        'transfer' as movement_type,
        transfer_mrr_amount as mrr_amount
    from parts
    where transfer_mrr_amount <> 0
),

fct_mrr_movement_items as (
    select
        movement_key || ':' || product_id || ':' || subscription_item_id || ':' || movement_type as movement_item_key,
        movement_key,
        customer_id,
        currency,
        occurred_on,
        product_id,
        subscription_item_id,
        movement_type,
        mrr_amount
    from unpivoted
)

select * from fct_mrr_movement_items
