{% set cross_part = exact_product([['clawbacks.retained_part', 2], ['rivals.retained_whole', 2]]) %}
{% set other_cross_part = exact_product([['rivals.retained_part', 2], ['clawbacks.retained_whole', 2]]) %}

with clawbacks as (
    select * from {{ ref('int_clawbacks_weighed') }}
),

-- The least is kept, never the product. Fractions are compared crosswise: part x the other's whole.
outdone as (
    select
        clawbacks.event_key,
        clawbacks.plan_code,
        clawbacks.component_code,
        clawbacks.payee_id,
        clawbacks.clawback_trigger
    from clawbacks
    inner join clawbacks as rivals
        on
            clawbacks.event_key = rivals.event_key
            and clawbacks.plan_code = rivals.plan_code
            and clawbacks.component_code = rivals.component_code
            and clawbacks.payee_id = rivals.payee_id
            and clawbacks.clawback_trigger <> rivals.clawback_trigger
    where
        {{ cross_part }} > {{ other_cross_part }}
        -- Of two that leave the same, the earlier one has taken it.
        or (
            {{ cross_part }} = {{ other_cross_part }}
            and (
                clawbacks.triggered_on > rivals.triggered_on
                or (clawbacks.triggered_on = rivals.triggered_on and clawbacks.clawback_trigger > rivals.clawback_trigger)
            )
        )
    group by clawbacks.event_key, clawbacks.plan_code, clawbacks.component_code, clawbacks.payee_id, clawbacks.clawback_trigger
),

least_kept as (
    select
        clawbacks.event_key,
        clawbacks.plan_code,
        clawbacks.component_code,
        clawbacks.payee_id,
        clawbacks.retained_part,
        clawbacks.retained_whole,
        clawbacks.clawback_trigger,
        clawbacks.triggered_on
    from clawbacks
    left join outdone
        on
            clawbacks.event_key = outdone.event_key
            and clawbacks.plan_code = outdone.plan_code
            and clawbacks.component_code = outdone.component_code
            and clawbacks.payee_id = outdone.payee_id
            and clawbacks.clawback_trigger = outdone.clawback_trigger
    where outdone.event_key is null
)

select * from least_kept
