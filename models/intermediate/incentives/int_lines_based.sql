with credits as (
    select * from {{ ref('int_credits') }}
    where plan_code is not null
),

events as (
    select
        event_key,
        event_type,
        occurred_on,
        amount,
        acv_amount,
        score,
        reversed_event_key,
        movement_key
    from {{ ref('int_incentive_events') }}
),

components as (
    select * from {{ ref('int_components_in_force') }}
),

-- One line a payee, component and event: who has a share and an overlay of a deal is paid for both in one.
payee_credits as (
    select
        event_key,
        component_code,
        payee_id,
        plan_code,
        in_force_from,
        credited_on,
        currency,
        rate,
        is_rate_provisional,
        unit_count,
        max(credit_kind) as credit_kind,
        max(movement_item_key) as movement_item_key,
        cast(sum(credit_amount) as decimal(18, 2)) as credit_amount,
        cast(sum(plan_credit_amount) as decimal(18, 2)) as plan_credit_amount,
        cast(sum(credit_percent) as decimal(18, 6)) as credit_percent
    from credits
    group by
        event_key, component_code, payee_id, plan_code, in_force_from, credited_on, currency, rate, is_rate_provisional, unit_count
),

-- What no event causes is posted under its window.
based as (
    select
        payee_credits.payee_id,
        payee_credits.component_code,
        case
            when events.event_type in ('score', 'pool')
                then 'window:' || cast({{ fiscal_period_start('events.occurred_on', 'components.window_type') }} as string)
            else payee_credits.event_key
        end as basis_key,
        payee_credits.event_key,
        payee_credits.plan_code,
        payee_credits.in_force_from,
        components.component_valid_from,
        events.event_type,
        events.occurred_on,
        payee_credits.credited_on,
        events.reversed_event_key,
        events.movement_key,
        payee_credits.movement_item_key,
        components.measure,
        components.window_type,
        {{ fiscal_period_start('events.occurred_on', 'components.window_type') }} as window_start,
        components.mode,
        components.evaluation,
        components.tier_basis,
        components.attainment_cap,
        components.attainment_after_clawback,
        components.minor_unit_digits,
        components.plan_currency,
        payee_credits.credit_kind,
        payee_credits.currency,
        payee_credits.credit_amount,
        payee_credits.credit_percent,
        payee_credits.rate,
        payee_credits.is_rate_provisional,
        payee_credits.plan_credit_amount,
        payee_credits.unit_count,
        events.score,
        events.amount as event_amount,
        {{ money_share('events.amount', times=[['payee_credits.rate', 10]], minor_unit_digits='components.minor_unit_digits') }}
            as plan_event_amount,
        {{ money_share('events.acv_amount', times=[['payee_credits.rate', 10]], minor_unit_digits='components.minor_unit_digits') }}
            as plan_acv_amount
    from payee_credits
    inner join events on payee_credits.event_key = events.event_key
    inner join components
        on
            payee_credits.plan_code = components.plan_code
            and payee_credits.component_code = components.component_code
            and payee_credits.in_force_from = components.in_force_from
)

select * from based
