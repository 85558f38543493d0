with item_parts as (
    select
        customer_id,
        currency,
        occurred_on,
        product_id,
        subscription_item_id,
        movement_mrr_amount
    from {{ ref('int_mrr_item_parts_split') }}
    where movement_mrr_amount <> 0
),

intervals as (
    select
        subscription_item_id,
        contract_id,
        segment_from
    from {{ ref('int_recurring_intervals_cut') }}
    where contract_id is not null
),

products as (
    select
        product_id,
        product_line
    from {{ ref('input_products') }}
),

contracts as (
    select
        contract_id,
        opportunity_id,
        opportunity_type,
        partner_id
    from {{ ref('int_contracts_linked') }}
),

-- What an item was lost of is the contract it had; what began names its own from that day.
item_contracts as (
    select
        item_parts.subscription_item_id,
        item_parts.occurred_on,
        max_by(intervals.contract_id, intervals.segment_from) as contract_id
    from item_parts
    inner join intervals
        on
            item_parts.subscription_item_id = intervals.subscription_item_id
            and item_parts.occurred_on >= intervals.segment_from
    group by item_parts.subscription_item_id, item_parts.occurred_on
),

linked as (
    select
        'mrr:' || item_parts.customer_id || ':' || item_parts.currency || ':' || cast(item_parts.occurred_on as string) as event_key,
        item_parts.product_id || ':' || item_parts.subscription_item_id as part_key,
        item_parts.customer_id,
        item_parts.currency,
        item_parts.occurred_on,
        item_parts.subscription_item_id,
        products.product_line,
        item_contracts.contract_id,
        contracts.opportunity_id,
        contracts.opportunity_type,
        contracts.partner_id,
        item_parts.movement_mrr_amount as amount
    from item_parts
    left join products on item_parts.product_id = products.product_id
    left join item_contracts
        on
            item_parts.subscription_item_id = item_contracts.subscription_item_id
            and item_parts.occurred_on = item_contracts.occurred_on
    left join contracts on item_contracts.contract_id = contracts.contract_id
)

select * from linked
