-- Every movement of type churn is explained once, at the amount it lost; nothing else is.
with movements as (
    select
        movement_key,
        customer_id,
        mrr_amount
    from {{ ref('fct_mrr_movements') }}
    where movement_type = 'churn'
),

churns as (
    select
        movement_key,
        customer_id,
        lost_mrr_amount
    from {{ ref('fct_churns') }}
)

select
    coalesce(movements.movement_key, churns.movement_key) as movement_key,
    movements.mrr_amount,
    churns.lost_mrr_amount
from movements
full outer join churns on movements.movement_key = churns.movement_key
where
    movements.customer_id is distinct from churns.customer_id
    or movements.mrr_amount is distinct from -churns.lost_mrr_amount
