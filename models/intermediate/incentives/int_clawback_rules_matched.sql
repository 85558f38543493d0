with credits as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        credited_on,
        in_force_from
    from {{ ref('int_credits') }}
    where plan_code is not null
),

components as (
    select
        plan_code,
        component_code,
        in_force_from,
        release_on
    from {{ ref('int_components_in_force') }}
),

rules as (
    select * from {{ ref('clawback_rules') }}
),

events as (
    select
        event_key,
        event_type,
        customer_id,
        currency,
        service_start_on
    from {{ ref('int_incentive_events') }}
),

event_contracts as (
    select
        event_key,
        min(contract_set_key) as contract_set_key
    from {{ ref('int_event_contracts_linked') }}
    group by event_key
),

-- Once for revenue and overlay alike: what is kept is the payee's share of the event, whatever the credit.
paid as (
    select distinct
        event_key,
        plan_code,
        component_code,
        payee_id,
        credited_on,
        in_force_from
    from credits
),

matched as (
    select
        paid.event_key,
        paid.plan_code,
        paid.component_code,
        paid.payee_id,
        rules.clawback_trigger,
        rules.method,
        rules.months,
        rules.unpaid_days,
        rules.scope,
        paid.credited_on,
        events.service_start_on,
        events.customer_id,
        events.currency,
        event_contracts.contract_set_key
    from paid
    inner join rules
        on
            paid.plan_code = rules.plan_code
            and paid.component_code = rules.component_code
            and paid.credited_on >= rules.valid_from
            and (rules.valid_to is null or paid.credited_on < rules.valid_to)
    inner join components
        on
            paid.plan_code = components.plan_code
            and paid.component_code = components.component_code
            and paid.in_force_from = components.in_force_from
    inner join events on paid.event_key = events.event_key
    left join event_contracts on paid.event_key = event_contracts.event_key
    -- A refund lowers what cash has released, and is a negative event of cash itself: it would be taken twice.
    where rules.clawback_trigger <> 'refund' or (components.release_on <> 'cash' and events.event_type <> 'cash')
)

select * from matched
