with contracts as (
    select
        contract_id,
        account_id,
        opportunity_id,
        previous_contract_id,
        service_start_on,
        service_end_on,
        terminated_on,
        contract_months,
        amount,
        currency,
        source_system
    from {{ ref('input_contracts') }}
    where status <> 'draft'
),

won_opportunities as (
    select
        opportunity_id,
        contract_id,
        opportunity_type,
        partner_id,
        closed_on
    from {{ ref('input_opportunities') }}
    where is_won
),

-- Several deals name one contract: it began with the new deal or renewal, what was sold on top came later.
naming_deals as (
    select
        contract_id,
        opportunity_id
    from won_opportunities
    where contract_id is not null
    qualify row_number() over (
        partition by contract_id
        order by case when opportunity_type = 'expansion' then 1 else 0 end, closed_on, opportunity_id
    ) = 1
),

named as (
    select
        contracts.contract_id,
        contracts.account_id,
        coalesce(contracts.opportunity_id, naming_deals.opportunity_id) as opportunity_id,
        contracts.previous_contract_id,
        contracts.service_start_on,
        contracts.service_end_on,
        contracts.terminated_on,
        contracts.contract_months,
        contracts.amount,
        contracts.currency,
        contracts.source_system
    from contracts
    left join naming_deals on contracts.contract_id = naming_deals.contract_id
),

linked as (
    select
        named.*,
        won_opportunities.opportunity_type,
        won_opportunities.partner_id
    from named
    left join won_opportunities on named.opportunity_id = won_opportunities.opportunity_id
)

select * from linked
