with events as (
    select
        event_key,
        event_type,
        credited_on,
        amount,
        currency,
        account_id,
        opportunity_id,
        partner_id,
        user_id,
        payee_id,
        component_code,
        product_line,
        opportunity_type
    from {{ ref('int_incentive_events') }}
    -- What reverses an event inherits its credits.
    where reversed_event_key is null
),

movement_items as (
    select
        event_key,
        part_key,
        amount,
        opportunity_id,
        partner_id,
        product_line,
        opportunity_type
    from {{ ref('int_movement_items_linked') }}
),

-- Each item of a movement is credited through its own contract.
items as (
    select
        events.event_key,
        movement_items.part_key,
        events.event_type,
        events.credited_on,
        movement_items.amount,
        events.currency,
        events.account_id,
        movement_items.opportunity_id,
        movement_items.partner_id,
        events.user_id,
        events.payee_id,
        events.component_code,
        movement_items.product_line,
        movement_items.opportunity_type
    from events
    inner join movement_items on events.event_key = movement_items.event_key
),

whole_events as (
    select
        events.event_key,
        'whole' as part_key,
        events.event_type,
        events.credited_on,
        events.amount,
        events.currency,
        events.account_id,
        events.opportunity_id,
        events.partner_id,
        events.user_id,
        events.payee_id,
        events.component_code,
        events.product_line,
        events.opportunity_type
    from events
    left join movement_items on events.event_key = movement_items.event_key
    where movement_items.event_key is null
),

listed as (
    select * from items
    union all
    select * from whole_events
)

select * from listed
