with segments as (
    select
        interval_key,
        subscription_item_id,
        contract_id,
        currency,
        segment_from,
        segment_to,
        mrr_amount
    from {{ ref('int_mrr_segments_priced') }}
    where not is_signed
),

movement_items as (
    select
        event_key,
        contract_id,
        currency,
        occurred_on,
        amount
    from {{ ref('int_movement_items_linked') }}
    where contract_id is not null
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

counted as (
    select
        *,
        count(contract_id) over (
            partition by subscription_item_id
            order by segment_from, interval_key
            rows between unbounded preceding and current row
        ) as named_count
    from segments
),

-- Where billing names no contract any more, the item is still under the one that it named last.
contracted as (
    select
        currency,
        segment_from,
        segment_to,
        mrr_amount,
        max(contract_id) over (partition by subscription_item_id, named_count) as contract_id
    from counted
),

changes as (
    select
        contract_id,
        currency,
        segment_from as occurred_on,
        mrr_amount,
        0 as movement_amount
    from contracted
    union all
    select
        contract_id,
        currency,
        segment_to as occurred_on,
        -mrr_amount as mrr_amount,
        0 as movement_amount
    from contracted
    union all
    select
        contract_id,
        currency,
        occurred_on,
        0 as mrr_amount,
        amount as movement_amount
    from movement_items
),

netted as (
    select
        changes.contract_id,
        changes.currency,
        changes.occurred_on,
        cast(sum(changes.mrr_amount) as decimal(18, 2)) as mrr_amount,
        -- What moved to another contract or product is no movement, and so is not lost.
        cast(greatest(-sum(changes.movement_amount), 0) as decimal(18, 2)) as lost_mrr_amount
    from changes
    cross join cutoff
    where changes.contract_id is not null and changes.occurred_on <= cutoff.cutoff_on
    group by changes.contract_id, changes.currency, changes.occurred_on
    having sum(changes.mrr_amount) <> 0 or sum(changes.movement_amount) <> 0
)

select * from netted
