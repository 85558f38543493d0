with won_opportunities as (
    select
        opportunity_id,
        account_id,
        contract_id,
        partner_id,
        opportunity_type,
        amount,
        currency,
        contract_months,
        closed_on,
        source_system
    from {{ ref('input_opportunities') }}
    where is_won
),

contracts as (
    select
        contract_id,
        opportunity_id,
        contract_months,
        service_start_on
    from {{ ref('int_contracts_linked') }}
),

-- A deal that became several contracts starts with the first of them.
contracts_of_deals as (
    select
        opportunity_id,
        contract_id
    from contracts
    where opportunity_id is not null
    qualify row_number() over (partition by opportunity_id order by service_start_on, contract_id) = 1
),

named as (
    select
        won_opportunities.*,
        coalesce(won_opportunities.contract_id, contracts_of_deals.contract_id) as won_contract_id
    from won_opportunities
    left join contracts_of_deals on won_opportunities.opportunity_id = contracts_of_deals.opportunity_id
),

listed as (
    select
        'booking:' || named.opportunity_id as event_key,
        'booking' as event_type,
        named.closed_on as occurred_on,
        named.amount,
        -- A deal without a term counts as one year.
        {{ prorated('named.amount', '12', 'coalesce(named.contract_months, contracts.contract_months, 12)') }} as acv_amount,
        named.currency,
        named.account_id,
        named.won_contract_id as contract_id,
        named.opportunity_id,
        named.partner_id,
        named.opportunity_type,
        named.source_system,
        named.opportunity_id as source_id
    from named
    left join contracts on named.won_contract_id = contracts.contract_id
)

select * from listed
