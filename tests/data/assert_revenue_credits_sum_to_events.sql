-- Revenue that is credited twice, or to nobody without saying so.
with credits as (
    select
        event_key,
        component_code,
        sum(credit_amount) as credited_amount
    from {{ ref('int_credits') }}
    where credit_kind = 'revenue'
    group by event_key, component_code
),

-- One row a part, also where several rules ask for it; a sale without a partner in the programme is credited to none.
asked_parts as (
    select
        event_key,
        part_key,
        component_code
    from {{ ref('int_event_parts_ruled') }}
    where credit_kind = 'revenue'
    group by event_key, part_key, component_code
    having min(credit_source) <> 'partner' or max(credit_source) <> 'partner'
),

asked_of_parts as (
    select
        asked_parts.event_key,
        asked_parts.component_code,
        sum(parts.amount) as asked_amount
    from asked_parts
    inner join {{ ref('int_event_parts_listed') }} as parts
        on
            asked_parts.event_key = parts.event_key
            and asked_parts.part_key = parts.part_key
    group by asked_parts.event_key, asked_parts.component_code
),

events as (
    select
        event_key,
        reversed_event_key,
        amount
    from {{ ref('int_incentive_events') }}
),

-- What reverses an event takes back from everybody who was credited with it.
asked as (
    select * from asked_of_parts
    union all
    select
        events.event_key,
        credits.component_code,
        events.amount as asked_amount
    from events
    inner join credits on events.reversed_event_key = credits.event_key
),

parts as (
    select
        event_key,
        sum(amount) as parts_amount
    from {{ ref('int_event_parts_listed') }}
    group by event_key
)

select
    asked.event_key,
    asked.component_code,
    asked.asked_amount,
    credits.credited_amount
from asked
left join credits
    on
        asked.event_key = credits.event_key
        and asked.component_code = credits.component_code
where asked.asked_amount <> coalesce(credits.credited_amount, 0)
union all
select
    events.event_key,
    'parts of the event' as component_code,
    events.amount as asked_amount,
    parts.parts_amount as credited_amount
from events
left join parts on events.event_key = parts.event_key
where events.reversed_event_key is null and events.amount <> coalesce(parts.parts_amount, 0)
