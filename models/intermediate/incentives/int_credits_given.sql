with revenue_credits as (
    select * from {{ ref('int_revenue_credits_split') }}
),

overlay_credits as (
    select * from {{ ref('int_overlay_credits_rounded') }}
),

override_credits as (
    select * from {{ ref('int_override_credits_rounded') }}
),

events as (
    select
        event_key,
        amount
    from {{ ref('int_incentive_events') }}
),

part_credits as (
    select
        event_key,
        part_key,
        component_code,
        payee_id,
        'revenue' as credit_kind,
        uncredited_reason,
        weight,
        credit_amount
    from revenue_credits
    union all
    select
        event_key,
        part_key,
        component_code,
        payee_id,
        'overlay' as credit_kind,
        cast(null as string) as uncredited_reason,
        weight,
        credit_amount
    from overlay_credits
    union all
    select
        event_key,
        part_key,
        component_code,
        payee_id,
        'override' as credit_kind,
        cast(null as string) as uncredited_reason,
        weight,
        credit_amount
    from override_credits
),

-- A person may be credited with several items of one movement, each by its own share.
summed as (
    select
        event_key,
        component_code,
        payee_id,
        credit_kind,
        min(uncredited_reason) as uncredited_reason,
        cast(sum(credit_amount) as decimal(18, 2)) as credit_amount,
        max(weight) as weight,
        min(part_key) as part_key,
        count(*) as part_count
    from part_credits
    group by event_key, component_code, payee_id, credit_kind
),

given as (
    select
        summed.event_key,
        summed.component_code,
        summed.payee_id,
        summed.credit_kind,
        summed.uncredited_reason,
        summed.credit_amount,
        case
            when summed.part_key = 'whole' then cast(summed.weight as decimal(18, 6))
            else {{ prorated('summed.credit_amount', '1', 'events.amount', 6) }}
        end as credit_percent,
        case
            when summed.part_count = 1 and summed.part_key <> 'whole' then summed.event_key || ':' || summed.part_key
        end as movement_item_key
    from summed
    inner join events on summed.event_key = events.event_key
)

select * from given
