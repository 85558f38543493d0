with event_contracts as (
    select * from {{ ref('int_event_contracts_linked') }}
),

contracts as (
    select
        contract_id,
        amount
    from {{ ref('int_contracts_linked') }}
),

cash as (
    select
        contract_id,
        paid_on,
        amount
    from {{ ref('int_contract_cash_converted') }}
),

reductions as (
    select
        contract_id,
        reduced_on,
        amount
    from {{ ref('int_contract_reductions_dated') }}
),

-- Each contract once in a set, however many events share the set.
members as (
    select distinct
        contract_set_key,
        contract_id
    from event_contracts
),

changes as (
    select
        contract_id,
        amount as contract_amount,
        0 as cash_amount,
        cast(null as date) as changed_on
    from contracts
    union all
    select
        contract_id,
        -amount as contract_amount,
        0 as cash_amount,
        reduced_on as changed_on
    from reductions
    union all
    select
        contract_id,
        0 as contract_amount,
        amount as cash_amount,
        paid_on as changed_on
    from cash
),

summed as (
    select
        members.contract_set_key,
        greatest(sum(changes.contract_amount), 0) as contract_amount,
        sum(changes.cash_amount) as cash_amount,
        max(changes.changed_on) as changed_on
    from members
    inner join changes on members.contract_id = changes.contract_id
    group by members.contract_set_key
),

-- More cash than the contract is worth belongs to what came after it; less than none is owed by nobody.
held as (
    select
        contract_set_key,
        cast(contract_amount as decimal(18, 2)) as contract_amount,
        cast(least(greatest(cash_amount, 0), contract_amount) as decimal(18, 2)) as cash_amount,
        changed_on
    from summed
)

select * from held
