with events as (
    select
        event_key,
        coalesce(reversed_event_key, event_key) as origin_event_key,
        event_type,
        contract_id,
        opportunity_id,
        currency
    from {{ ref('int_incentive_events') }}
),

contracts as (
    select
        contract_id,
        opportunity_id,
        currency
    from {{ ref('int_contracts_linked') }}
),

movement_items as (
    select
        event_key,
        contract_id
    from {{ ref('int_movement_items_linked') }}
),

invoice_lines as (
    select
        invoice_id,
        contract_id
    from {{ ref('input_invoice_lines') }}
),

-- A deal, also one that a referral brought, may have become several contracts, and a movement or an invoice may be over several.
named as (
    select
        event_key,
        contract_id
    from events
    union
    select
        events.event_key,
        contracts.contract_id
    from events
    inner join contracts on events.opportunity_id = contracts.opportunity_id
    where events.event_type in ('booking', 'referral')
    union
    select
        events.event_key,
        movement_items.contract_id
    from events
    inner join movement_items on events.event_key = movement_items.event_key
    union
    select
        events.event_key,
        invoice_lines.contract_id
    from events
    inner join invoice_lines on events.origin_event_key = 'invoice:' || invoice_lines.invoice_id
),

-- Amounts in several currencies have no sum: the contracts in the deal's currency count, where there are any.
of_one_currency as (
    select
        named.event_key,
        named.contract_id
    from named
    inner join events on named.event_key = events.event_key
    inner join contracts on named.contract_id = contracts.contract_id
    qualify rank() over (
        partition by named.event_key
        order by case when contracts.currency = events.currency then 0 else 1 end, contracts.currency
    ) = 1
),

-- Most events are under one contract, and all of these share its figures; a set of several is the event's own.
linked as (
    select
        event_key,
        contract_id,
        case when count(*) over (partition by event_key) = 1 then contract_id else event_key end as contract_set_key
    from of_one_currency
)

select * from linked
