with movements as (
    select * from {{ ref('int_mrr_movements_typed') }}
    where basis = 'daily'
),

changes as (
    select
        customer_id,
        currency,
        occurred_on,
        cast(sum(annualised_amount) as decimal(18, 2)) as annualised_amount
    from {{ ref('int_mrr_changes') }}
    group by customer_id, currency, occurred_on
),

fct_mrr_movements as (
    select
        'mrr:' || movements.customer_id || ':' || movements.currency || ':' || cast(movements.period_on as string) as movement_key,
        movements.customer_id,
        movements.currency,
        movements.period_on as occurred_on,
        movements.movement_type,
        movements.opening_mrr_amount,
        movements.mrr_amount,
        movements.closing_mrr_amount,
        changes.annualised_amount,
        movements.is_first_mrr
    from movements
    inner join changes
        on
            movements.customer_id = changes.customer_id
            and movements.currency = changes.currency
            and movements.period_on = changes.occurred_on
)

select * from fct_mrr_movements
