-- Every contract that ran out is judged once, at its own value; nothing else is.
with as_of as (
    select as_of_on from {{ ref('as_of') }}
),

run_out as (
    select
        contracts.contract_id,
        contracts.service_end_on as due_on,
        contracts.currency,
        {{ prorated('contracts.amount', '12', 'contracts.contract_months') }} as acv_amount
    from {{ ref('input_contracts') }} as contracts
    cross join as_of
    where contracts.status <> 'draft' and contracts.service_end_on <= as_of.as_of_on
),

renewals as (
    select
        contract_id,
        due_on,
        currency,
        acv_before_amount as acv_amount
    from {{ ref('fct_renewals') }}
)

select
    coalesce(run_out.contract_id, renewals.contract_id) as contract_id,
    run_out.acv_amount as contract_acv_amount,
    renewals.acv_amount as renewal_acv_amount
from run_out
full outer join renewals on run_out.contract_id = renewals.contract_id
where
    run_out.due_on is distinct from renewals.due_on
    or run_out.currency is distinct from renewals.currency
    or run_out.acv_amount is distinct from renewals.acv_amount
