-- The items that caused a movement explain it to the cent, and its transfers cancel out.
with movements as (
    select
        movement_key,
        mrr_amount
    from {{ ref('fct_mrr_movements') }}
),

items as (
    select
        movement_key,
        sum(mrr_amount) as item_mrr_amount,
        sum(case when movement_type = 'transfer' then mrr_amount else 0 end) as transfer_mrr_amount
    from {{ ref('fct_mrr_movement_items') }}
    group by movement_key
)

select
    movements.movement_key,
    movements.mrr_amount,
    items.item_mrr_amount,
    items.transfer_mrr_amount
from movements
full outer join items on movements.movement_key = items.movement_key
where movements.mrr_amount is distinct from items.item_mrr_amount or items.transfer_mrr_amount <> 0
