-- Cash and credit notes in another currency than their contract's count by a rate; a missing one is named, and is never 1.
with cash as (
    select
        contract_id,
        paid_on as occurred_on,
        amount
    from {{ ref('int_contract_cash_converted') }}
),

reductions as (
    select
        contract_id,
        reduced_on as occurred_on,
        amount
    from {{ ref('int_contract_reductions_dated') }}
),

changes as (
    select * from cash
    union all
    select * from reductions
)

select
    contract_id,
    {{ month_start('occurred_on') }} as month_start,
    count(*) as change_count
from changes
where amount is null
group by contract_id, {{ month_start('occurred_on') }}
