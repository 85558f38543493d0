with rules as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        credited_on,
        -- A customer's money is added in the deal's currency only.
        case when scope = 'customer' then customer_id || ':' || currency else contract_set_key end as scope_key
    from {{ ref('int_clawback_rules_matched') }}
    where clawback_trigger = 'refund'
),

members as (
    select distinct -- Each contract once in a set, however many events share the set.
        contract_set_key,
        contract_id
    from {{ ref('int_event_contracts_linked') }}
),

contract_cash as (
    select
        contract_id,
        paid_on,
        is_refund,
        amount
    from {{ ref('int_contract_cash_converted') }}
),

customer_cash as (
    select
        customer_id || ':' || currency as scope_key,
        occurred_on as paid_on,
        reversed_event_key is not null as is_refund,
        amount
    from {{ ref('int_incentive_events') }}
    where event_type = 'cash'
),

cash as (
    select
        members.contract_set_key as scope_key,
        contract_cash.paid_on,
        contract_cash.is_refund,
        contract_cash.amount
    from members
    inner join contract_cash on members.contract_id = contract_cash.contract_id
    union all
    select * from customer_cash
),

paid as (
    select
        scope_key,
        sum(amount) as paid_amount
    from cash
    where not is_refund
    group by scope_key
),

refunded as (
    select
        scope_key,
        paid_on,
        -sum(amount) as refunded_amount
    from cash
    where is_refund
    group by scope_key, paid_on
),

matched as (
    select
        rules.event_key,
        rules.plan_code,
        rules.component_code,
        rules.payee_id,
        refunded.paid_on as lost_on,
        cast(refunded.refunded_amount as decimal(18, 2)) as lost_amount,
        cast(paid.paid_amount as decimal(18, 2)) as base_amount
    from rules
    inner join refunded on rules.scope_key = refunded.scope_key and rules.credited_on <= refunded.paid_on
    inner join paid on rules.scope_key = paid.scope_key
    where paid.paid_amount > 0
)

select * from matched
