with credits as (
    select
        event_key,
        plan_code,
        component_code,
        in_force_from
    from {{ ref('int_credits') }}
    where plan_code is not null
),

components as (
    select
        plan_code,
        component_code,
        in_force_from,
        release_on,
        release_days
    from {{ ref('int_components_in_force') }}
    where release_on <> 'event'
),

events as (
    select
        event_key,
        event_type,
        credited_on
    from {{ ref('int_incentive_events') }}
),

event_contracts as (
    select
        event_key,
        min(contract_set_key) as contract_set_key
    from {{ ref('int_event_contracts_linked') }}
    group by event_key
),

collected as (
    select * from {{ ref('int_contract_sets_collected') }}
),

delivered as (
    select * from {{ ref('int_contract_sets_delivered') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- Once for all who are credited: what is released is the event's.
waiting as (
    select distinct
        credits.event_key,
        credits.plan_code,
        credits.component_code,
        components.release_on,
        components.release_days
    from credits
    inner join components
        on
            credits.plan_code = components.plan_code
            and credits.component_code = components.component_code
            and credits.in_force_from = components.in_force_from
),

-- A row that reverses an event is released as the event is: its days count from the event's.
measured as (
    select
        waiting.*,
        events.event_type,
        case
            when {{ days_later('events.credited_on', 'waiting.release_days') }} <= cutoff.cutoff_on
                then {{ days_later('events.credited_on', 'waiting.release_days') }}
        end as waited_until,
        event_contracts.contract_set_key,
        collected.contract_amount,
        collected.cash_amount,
        collected.changed_on as collected_on,
        delivered.delivered_part,
        delivered.delivered_whole,
        delivered.changed_on as delivered_on
    from waiting
    inner join events on waiting.event_key = events.event_key
    cross join cutoff
    left join event_contracts on waiting.event_key = event_contracts.event_key
    left join collected on event_contracts.contract_set_key = collected.contract_set_key
    left join delivered on event_contracts.contract_set_key = delivered.contract_set_key
),

released as (
    select
        event_key,
        plan_code,
        component_code,
        cast(case
            when release_on = 'days' then case when waited_until is not null then 1 else 0 end
            when release_on = 'delivery' and delivered_whole > 0 then delivered_part
            when release_on = 'cash' and contract_amount > 0 then cash_amount
            -- Cash that names no contract has come all the same; of anything else nobody knows what is still to come.
            when release_on = 'cash' and contract_set_key is null and event_type = 'cash' then 1
            else 0
        end as decimal(18, 2)) as released_part,
        cast(case
            when release_on = 'delivery' and delivered_whole > 0 then delivered_whole
            when release_on = 'cash' and contract_amount > 0 then contract_amount
            else 1
        end as decimal(18, 2)) as released_whole,
        case release_on when 'days' then waited_until when 'delivery' then delivered_on when 'cash' then collected_on end as released_on
    from measured
)

select * from released
