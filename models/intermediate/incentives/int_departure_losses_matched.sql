with rules as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        credited_on
    from {{ ref('int_clawback_rules_matched') }}
    where clawback_trigger = 'payee_left'
),

payees as (
    select
        payee_id,
        left_on
    from {{ ref('payees') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

matched as (
    select
        rules.event_key,
        rules.plan_code,
        rules.component_code,
        rules.payee_id,
        payees.left_on as lost_on,
        1 as lost_amount,
        1 as base_amount
    from rules
    cross join cutoff
    inner join payees on rules.payee_id = payees.payee_id
    where payees.left_on >= rules.credited_on and payees.left_on <= cutoff.cutoff_on
)

select * from matched
