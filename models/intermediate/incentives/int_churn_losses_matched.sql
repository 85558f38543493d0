with rules as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        scope,
        credited_on,
        service_start_on,
        customer_id,
        contract_set_key
    from {{ ref('int_clawback_rules_matched') }}
    where clawback_trigger = 'churn'
),

contract_churns_dated as (
    select
        contract_set_key,
        occurred_on
    from {{ ref('int_contract_sets_lost') }}
    where is_churn
),

movements as (
    select
        customer_id,
        period_on as occurred_on
    from {{ ref('int_mrr_movements_typed') }}
    where basis = 'daily' and movement_type = 'churn'
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- The first churn after the event counts: a later return gives nothing back, and a later churn finds nothing left.
customer_churns as (
    select
        rules.event_key,
        rules.plan_code,
        rules.component_code,
        rules.payee_id,
        min(movements.occurred_on) as lost_on
    from rules
    cross join cutoff
    inner join movements
        on
            rules.customer_id = movements.customer_id
            and rules.credited_on < movements.occurred_on
            -- What ends between signing and start is what the customer had before.
            and rules.service_start_on <= movements.occurred_on
            and cutoff.cutoff_on >= movements.occurred_on
    where rules.scope = 'customer'
    group by rules.event_key, rules.plan_code, rules.component_code, rules.payee_id
),

contract_churns as (
    select
        rules.event_key,
        rules.plan_code,
        rules.component_code,
        rules.payee_id,
        min(contract_churns_dated.occurred_on) as lost_on
    from rules
    inner join contract_churns_dated
        on
            rules.contract_set_key = contract_churns_dated.contract_set_key
            and rules.credited_on < contract_churns_dated.occurred_on
    where rules.scope = 'contract'
    group by rules.event_key, rules.plan_code, rules.component_code, rules.payee_id
),

churns as (
    select * from customer_churns
    union all
    select * from contract_churns
),

-- All that the event brought is lost.
matched as (
    select
        *,
        1 as lost_amount,
        1 as base_amount
    from churns
)

select * from matched
