with movements as (
    select
        customer_id,
        currency,
        period_on as occurred_on,
        movement_type,
        mrr_amount
    from {{ ref('int_mrr_movements_typed') }}
    where basis = 'daily' and movement_type <> 'transfer'
),

items as (
    select * from {{ ref('int_movement_items_linked') }}
),

-- A movement over several contracts belongs to none of them as a whole; its items still name theirs.
single_contracts as (
    select
        event_key,
        min(contract_id) as contract_id
    from items
    group by event_key
    having min(contract_id) = max(contract_id) and count(contract_id) = count(*)
),

keyed as (
    select
        *,
        'mrr:' || customer_id || ':' || currency || ':' || cast(occurred_on as string) as event_key
    from movements
),

listed as (
    select
        keyed.event_key,
        'mrr_' || keyed.movement_type as event_type,
        keyed.occurred_on,
        keyed.mrr_amount as amount,
        keyed.currency,
        keyed.customer_id,
        single_contracts.contract_id,
        keyed.event_key as movement_key,
        -- What was sold on this day is served from this day, whenever its contract began.
        keyed.occurred_on as service_start_on,
        'mrr' as source_system,
        keyed.event_key as source_id
    from keyed
    left join single_contracts on keyed.event_key = single_contracts.event_key
)

select * from listed
