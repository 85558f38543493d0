-- A manager who would be credited with more of an event than it is, or with one of people who report to somebody else.
with reversals as (
    select event_key
    from {{ ref('int_incentive_events') }}
    where reversed_event_key is not null
),

-- What reverses an event inherits its overrides, in proportion.
overrides as (
    select
        credits.event_key,
        credits.component_code,
        credits.payee_id,
        credits.credit_amount
    from {{ ref('int_credits') }} as credits
    left join reversals on credits.event_key = reversals.event_key
    where credits.credit_kind = 'override' and reversals.event_key is null
),

asked_parts as (
    select
        asked.event_key,
        asked.component_code,
        max(asked.credited_on) as credited_on,
        max(case when asked.includes_own then 1 else 0 end) as own_rule_count,
        {{ prorated('sum(abs(parts.amount))', 'greatest(max(asked.credit_percent), 1)') }} as largest_amount
    from {{ ref('int_event_parts_ruled') }} as asked
    inner join {{ ref('int_event_parts_listed') }} as parts
        on
            asked.event_key = parts.event_key
            and asked.part_key = parts.part_key
    where asked.credit_source = 'manager_override'
    group by asked.event_key, asked.component_code
),

revenue as (
    select
        event_key,
        payee_id
    from {{ ref('int_credits') }}
    where credit_kind = 'revenue' and payee_id <> 'uncredited'
    group by event_key, payee_id
),

managers as (
    select * from {{ ref('int_managers_traced') }}
    where level_number > 0
),

teams as (
    select
        revenue.event_key,
        managers.manager_payee_id,
        asked_parts.component_code,
        count(*) as report_count
    from revenue
    inner join asked_parts on revenue.event_key = asked_parts.event_key
    inner join managers
        on
            revenue.payee_id = managers.payee_id
            and asked_parts.credited_on >= managers.valid_from
            and (managers.valid_to is null or asked_parts.credited_on < managers.valid_to)
    group by revenue.event_key, managers.manager_payee_id, asked_parts.component_code
)

select
    overrides.event_key,
    overrides.component_code,
    overrides.payee_id,
    overrides.credit_amount,
    asked_parts.largest_amount,
    coalesce(teams.report_count, 0) as report_count
from overrides
left join asked_parts
    on
        overrides.event_key = asked_parts.event_key
        and overrides.component_code = asked_parts.component_code
left join teams
    on
        overrides.event_key = teams.event_key
        and overrides.component_code = teams.component_code
        and overrides.payee_id = teams.manager_payee_id
where
    abs(overrides.credit_amount) > coalesce(asked_parts.largest_amount, 0)
    or (coalesce(teams.report_count, 0) = 0 and coalesce(asked_parts.own_rule_count, 0) = 0)
