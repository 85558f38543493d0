with rules as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        credited_on,
        contract_set_key
    from {{ ref('int_clawback_rules_matched') }}
    where clawback_trigger = 'churn' and scope = 'partial'
),

contract_losses as (
    select * from {{ ref('int_contract_sets_lost') }}
),

after_the_event as (
    select
        rules.event_key,
        rules.plan_code,
        rules.component_code,
        rules.payee_id,
        contract_losses.occurred_on as lost_on,
        contract_losses.mrr_before_amount,
        contract_losses.mrr_before_amount - contract_losses.lost_mrr_amount as mrr_after_amount
    from rules
    inner join contract_losses
        on
            rules.contract_set_key = contract_losses.contract_set_key
            and rules.credited_on < contract_losses.occurred_on
),

kept as (
    select
        *,
        first_value(mrr_before_amount) over (partition by event_key, plan_code, component_code, payee_id order by lost_on) as base_amount,
        min(mrr_after_amount) over (
            partition by event_key, plan_code, component_code, payee_id
            order by lost_on
            rows between unbounded preceding and current row
        ) as kept_amount
    from after_the_event
),

-- The least that was ever left is what is kept: later growth is lost first, and gives nothing back.
lost as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        lost_on,
        coalesce(
            lag(kept_amount) over (partition by event_key, plan_code, component_code, payee_id order by lost_on), base_amount
        ) - kept_amount as lost_amount,
        base_amount
    from kept
)

select * from lost
where lost_amount > 0
