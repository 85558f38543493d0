-- What is at risk is every contract that ends soon and that no other renews, and all that is pending; MRR is a twelfth of its ACV.
with contracts as (
    select
        contract_id,
        previous_contract_id,
        status,
        service_start_on,
        service_end_on,
        amount
    from {{ ref('input_contracts') }}
    where status <> 'draft'
),

as_of as (
    select
        as_of_on,
        {{ days_later('as_of_on', var('renewal_risk_days')) }} as horizon_on
    from {{ ref('as_of') }}
),

renewals as (
    select
        contract_id,
        outcome
    from {{ ref('fct_renewals') }}
),

at_risk as (
    select * from {{ ref('fct_renewals_at_risk') }}
),

renewed as (
    select
        contracts.contract_id,
        sum(successors.amount) as amount
    from contracts
    inner join contracts as successors
        on
            contracts.contract_id = successors.previous_contract_id
            and contracts.service_start_on < successors.service_start_on
    group by contracts.contract_id
    having sum(successors.amount) > 0 or max(contracts.amount) = 0
),

expected as (
    select contracts.contract_id
    from contracts
    cross join as_of
    left join renewed on contracts.contract_id = renewed.contract_id
    left join renewals on contracts.contract_id = renewals.contract_id
    where
        renewals.outcome = 'pending'
        or (
            contracts.service_end_on > as_of.as_of_on
            and contracts.service_end_on <= as_of.horizon_on
            and contracts.status <> 'terminated'
            and renewed.contract_id is null
        )
)

select
    coalesce(expected.contract_id, at_risk.contract_id) as contract_id,
    at_risk.mrr_at_risk_amount,
    at_risk.reporting_acv_amount
from expected
full outer join at_risk on expected.contract_id = at_risk.contract_id
where
    expected.contract_id is null
    or at_risk.contract_id is null
    or coalesce(abs(100 * (12 * at_risk.mrr_at_risk_amount - at_risk.reporting_acv_amount)) > 6, true)
