with ruled as (
    select
        event_key,
        part_key,
        rule_key,
        override_depth,
        includes_own,
        credited_on
    from {{ ref('int_event_parts_ruled') }}
    where credit_source = 'manager_override'
),

managers as (
    select * from {{ ref('int_managers_traced') }}
),

part_credits as (
    select
        event_key,
        part_key,
        component_code,
        'revenue' as credit_kind,
        payee_id,
        weight,
        credit_amount
    from {{ ref('int_revenue_credits_split') }}
    where payee_id <> 'uncredited'
    union all
    select
        event_key,
        part_key,
        component_code,
        'overlay' as credit_kind,
        payee_id,
        weight,
        credit_amount
    from {{ ref('int_overlay_credits_rounded') }}
),

asked as (
    select
        ruled.event_key,
        ruled.part_key,
        ruled.rule_key,
        ruled.override_depth,
        ruled.includes_own,
        ruled.credited_on,
        part_credits.component_code,
        part_credits.credit_kind,
        part_credits.payee_id,
        part_credits.weight,
        part_credits.credit_amount
    from ruled
    inner join part_credits
        on
            ruled.event_key = part_credits.event_key
            and ruled.part_key = part_credits.part_key
),

-- Of the reports their revenue; of the manager, where the rule says so, overlays as well. Several reports make a manager once.
claimed as (
    select distinct
        asked.event_key,
        asked.part_key,
        asked.rule_key,
        asked.component_code,
        asked.credit_kind,
        managers.manager_payee_id,
        asked.payee_id,
        asked.weight,
        asked.credit_amount
    from asked
    inner join managers
        on
            asked.payee_id = managers.payee_id
            and asked.credited_on >= managers.valid_from
            and (managers.valid_to is null or asked.credited_on < managers.valid_to)
    where
        case
            when managers.level_number = 0 then asked.includes_own
            when managers.level_number = 1 then asked.credit_kind = 'revenue'
            else asked.credit_kind = 'revenue' and asked.override_depth = 'all'
        end
),

by_component as (
    select
        event_key,
        rule_key,
        component_code,
        manager_payee_id,
        payee_id,
        sum(weight) as weight,
        sum(credit_amount) as credit_amount
    from claimed
    group by event_key, rule_key, component_code, manager_payee_id, payee_id
),

counted as (
    select
        event_key,
        rule_key,
        manager_payee_id,
        payee_id,
        cast(weight as decimal(18, 12)) as weight,
        cast(credit_amount as decimal(18, 2)) as credit_amount
    from by_component
    -- Several components credit a person with one event: it is one event, and the largest of them stands for it.
    qualify row_number() over (
        partition by event_key, rule_key, manager_payee_id, payee_id
        order by abs(credit_amount) desc, weight desc, component_code asc
    ) = 1
)

select * from counted
