with contracts as (
    select
        {{ salesforce_id('contract_id') }} as contract_id,
        {{ salesforce_id('account_id') }} as account_id,
        {{ salesforce_id('previous_contract_id') }} as previous_contract_id,
        status,
        contract_months,
        is_auto_renewal,
        amount,
        currency,
        signed_on,
        service_start_on,
        last_service_on
    from {{ ref('stg_salesforce__contract') }}
),

won_opportunities as (
    select
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        {{ salesforce_id('contract_id') }} as contract_id,
        closed_on
    from {{ ref('stg_salesforce__opportunity') }}
    where is_won and contract_id is not null
),

-- Several won deals may name one contract (an expansion is booked on the running one): the latest stands for it.
latest_deals as (
    select
        contract_id,
        opportunity_id
    from won_opportunities
    qualify row_number() over (partition by contract_id order by closed_on desc nulls last, opportunity_id desc) = 1
),

terminations as (
    select * from {{ ref('salesforce__contract_terminations') }}
),

contracted as (
    select
        {{ source_key('salesforce', 'contracts.contract_id') }} as contract_id,
        {{ source_key('salesforce', 'contracts.account_id') }} as account_id,
        {{ source_key('salesforce', 'latest_deals.opportunity_id') }} as opportunity_id,
        {{ source_key('salesforce', 'contracts.previous_contract_id') }} as previous_contract_id,
        -- A date on a draft says when it is hoped to be signed.
        case when contracts.status not in ('Draft', 'In Approval Process') then contracts.signed_on end as signed_on,
        contracts.service_start_on,
        -- The CRM names the last day of service and leaves it out where the term says it.
        coalesce(
            {{ days_later('contracts.last_service_on', 1) }},
            {{ months_later('contracts.service_start_on', 'contracts.contract_months') }}
        ) as service_end_on,
        case when contracts.status = 'Terminated' then terminations.terminated_on end as terminated_on,
        contracts.contract_months,
        contracts.amount,
        contracts.currency,
        contracts.is_auto_renewal,
        case when contracts.status = 'In Approval Process' then 'draft' else lower(contracts.status) end as status,
        'salesforce' as source_system
    from contracts
    left join latest_deals
        on contracts.contract_id = latest_deals.contract_id
    left join terminations
        on contracts.contract_id = terminations.contract_id
)

select * from contracted
