with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        event_key,
        plan_code
    from {{ ref('int_lines_based') }}
    where reversed_event_key is null
),

retentions as (
    select * from {{ ref('int_event_retentions') }}
),

events as (
    select
        event_key,
        event_type,
        customer_id,
        occurred_on
    from {{ ref('int_incentive_events') }}
),

-- A customer of several currencies may lose in each on one day: one movement stands for the day.
losses as (
    select
        customer_id,
        occurred_on,
        min(event_key) as movement_key
    from events
    where event_type in ('mrr_churn', 'mrr_contraction')
    group by customer_id, occurred_on
),

retained as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        retentions.clawback_trigger,
        retentions.triggered_on,
        case when retentions.clawback_trigger = 'churn' then losses.movement_key end as movement_key,
        retentions.retained_part,
        retentions.retained_whole
    from lines
    inner join retentions
        on
            lines.event_key = retentions.event_key
            and lines.plan_code = retentions.plan_code
            and lines.component_code = retentions.component_code
            and lines.payee_id = retentions.payee_id
    inner join events on lines.event_key = events.event_key
    left join losses
        on
            events.customer_id = losses.customer_id
            and retentions.triggered_on = losses.occurred_on
)

select * from retained
