-- Commission on recurring revenue, and what churn takes of it, point at rows that finance reports.
with lines as (
    select
        line_id,
        event_type,
        movement_key,
        clawback_movement_key
    from {{ ref('fct_payout_lines') }}
),

movements as (
    select movement_key from {{ ref('fct_mrr_movements') }}
)

select
    lines.line_id,
    lines.event_type,
    lines.movement_key,
    lines.clawback_movement_key
from lines
left join movements as paid on lines.movement_key = paid.movement_key
left join movements as lost on lines.clawback_movement_key = lost.movement_key
where
    (lines.event_type in ('mrr_new', 'mrr_reactivation', 'mrr_expansion', 'mrr_contraction', 'mrr_churn') and paid.movement_key is null)
    or (lines.clawback_movement_key is not null and lost.movement_key is null)
