with event_contracts as (
    select * from {{ ref('int_event_contracts_linked') }}
),

changes as (
    select * from {{ ref('int_contract_mrr_changes') }}
),

-- Each contract once in a set, however many events share the set.
members as (
    select distinct
        contract_set_key,
        contract_id
    from event_contracts
),

by_day as (
    select
        members.contract_set_key,
        changes.occurred_on,
        sum(changes.mrr_amount) as mrr_amount,
        sum(changes.lost_mrr_amount) as lost_mrr_amount,
        min(changes.currency) as lowest_currency,
        max(changes.currency) as highest_currency
    from members
    inner join changes on members.contract_id = changes.contract_id
    group by members.contract_set_key, changes.occurred_on
),

balanced as (
    select
        contract_set_key,
        occurred_on,
        coalesce(sum(mrr_amount) over (
            partition by contract_set_key
            order by occurred_on
            rows between unbounded preceding and 1 preceding
        ), 0) as mrr_before_amount,
        lost_mrr_amount,
        min(lowest_currency) over (partition by contract_set_key)
        = max(highest_currency) over (partition by contract_set_key) as has_one_currency
    from by_day
),

lost as (
    select
        contract_set_key,
        occurred_on,
        cast(mrr_before_amount as decimal(18, 2)) as mrr_before_amount,
        cast(least(lost_mrr_amount, mrr_before_amount) as decimal(18, 2)) as lost_mrr_amount,
        lost_mrr_amount >= mrr_before_amount as is_churn
    from balanced
    -- Amounts in several currencies have no share: they are lost when all of them are.
    where lost_mrr_amount > 0 and mrr_before_amount > 0 and (has_one_currency or lost_mrr_amount >= mrr_before_amount)
)

select * from lost
