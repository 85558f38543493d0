with ruled as (
    select
        event_key,
        part_key,
        rule_key,
        component_code,
        credit_percent
    from {{ ref('int_event_parts_ruled') }}
    where credit_source = 'manager_override'
),

parts as (
    select
        event_key,
        part_key,
        amount,
        currency
    from {{ ref('int_event_parts_listed') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

claims as (
    select
        event_key,
        rule_key,
        manager_payee_id,
        sum(weight) as weight,
        sum(credit_amount) as credit_amount
    from {{ ref('int_override_claims_counted') }}
    group by event_key, rule_key, manager_payee_id
),

-- What the rule looks at of an event: all of it, or the items of its product line.
wholes as (
    select
        ruled.event_key,
        ruled.rule_key,
        ruled.component_code,
        ruled.credit_percent,
        parts.currency,
        case when count(*) = 1 then min(ruled.part_key) end as part_key,
        sum(parts.amount) as whole_amount
    from ruled
    inner join parts
        on
            ruled.event_key = parts.event_key
            and ruled.part_key = parts.part_key
    group by ruled.event_key, ruled.rule_key, ruled.component_code, ruled.credit_percent, parts.currency
),

-- No event is worth more to a manager than it is, however many of the team are credited with it; nor is a loss worse.
bounded as (
    select
        wholes.event_key,
        wholes.part_key,
        wholes.component_code,
        claims.manager_payee_id,
        wholes.credit_percent,
        least(claims.weight, 1) as base_share,
        case
            when wholes.whole_amount < 0 then greatest(claims.credit_amount, wholes.whole_amount)
            else least(claims.credit_amount, wholes.whole_amount)
        end as base_amount,
        coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
    from wholes
    inner join claims
        on
            wholes.event_key = claims.event_key
            and wholes.rule_key = claims.rule_key
    left join currencies on wholes.currency = currencies.currency_code
),

rounded as (
    select
        event_key,
        part_key,
        component_code,
        manager_payee_id as payee_id,
        {{ prorated('credit_percent', 'base_share', scale=12) }} as weight,
        {{ money_share('base_amount', times=[['credit_percent', 6]], minor_unit_digits='minor_unit_digits') }} as credit_amount
    from bounded
),

-- Several rules of a component look at different events, or at different items of one.
summed as (
    select
        event_key,
        case when min(coalesce(part_key, '')) = max(coalesce(part_key, '')) then min(part_key) end as part_key,
        component_code,
        payee_id,
        cast(sum(weight) as decimal(18, 12)) as weight,
        cast(sum(credit_amount) as decimal(18, 2)) as credit_amount
    from rounded
    group by event_key, component_code, payee_id
)

select * from summed
