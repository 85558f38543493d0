with events as (
    select * from {{ ref('int_incentive_events_united') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- What takes effect after the cutoff does not exist for pay, nor for attainment.
in_effect as (
    select events.*
    from events
    cross join cutoff
    where events.occurred_on <= cutoff.cutoff_on
),

origins as (
    select
        event_key,
        occurred_on,
        amount
    from in_effect
    where reversed_event_key is null
),

-- A row that reverses an event is credited as the event was: the people, plans and rates of that day.
dated as (
    select
        in_effect.event_key,
        in_effect.event_type,
        in_effect.occurred_on,
        coalesce(origins.occurred_on, in_effect.credited_on, in_effect.occurred_on) as credited_on,
        cast(coalesce(in_effect.amount, 0) as decimal(18, 2)) as amount,
        in_effect.acv_amount,
        in_effect.unit_count,
        in_effect.score,
        in_effect.currency,
        in_effect.account_id,
        in_effect.customer_id,
        in_effect.contract_id,
        in_effect.opportunity_id,
        in_effect.partner_id,
        in_effect.user_id,
        in_effect.payee_id,
        in_effect.component_code,
        in_effect.product_line,
        in_effect.opportunity_type,
        in_effect.movement_key,
        -- Units that come back walk the blocks of their window down; no line is taken back in proportion.
        case when in_effect.event_type <> 'units' then origins.event_key end as reversed_event_key,
        in_effect.service_start_on,
        in_effect.source_system,
        in_effect.source_id
    from in_effect
    left join origins on in_effect.reversed_event_key = origins.event_key
),

fingerprinted as (
    select
        *,
        md5(concat_ws(
            '|', event_type, cast(occurred_on as string), cast(amount as string), currency,
            coalesce(cast(acv_amount as string), ''), coalesce(cast(unit_count as string), ''), coalesce(cast(score as string), ''),
            coalesce(customer_id, ''), coalesce(contract_id, ''), coalesce(opportunity_id, ''), coalesce(reversed_event_key, '')
        )) as event_fingerprint
    from dated
)

select * from fingerprinted
