with opportunities as (
    select
        opportunity_id,
        account_id,
        owner_user_id,
        contract_id,
        campaign_id,
        opportunity_type,
        contract_months,
        stage_name,
        is_closed,
        is_won,
        probability_percent,
        forecast_category,
        lead_source,
        loss_reason,
        competitor_name,
        amount,
        currency,
        created_at,
        closed_on
    from {{ ref('stg_salesforce__opportunity') }}
),

opportunity_types as (
    select
        {{ spelled_alike('source_type') }} as source_type,
        opportunity_type
    from {{ ref('opportunity_types') }}
    where source_system = 'salesforce'
),

-- Of several partners on a deal the primary one sells it, else the one with the smallest id: the first that was entered.
deal_partners as (
    select
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        {{ salesforce_id('partner_account_id') }} as partner_account_id
    from {{ ref('stg_salesforce__opportunity_partner') }}
    qualify row_number() over (
        partition by {{ salesforce_id('opportunity_id') }} order by is_primary desc, opportunity_partner_id asc
    ) = 1
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('opportunities.opportunity_id')) }} as opportunity_id,
        {{ source_key('salesforce', salesforce_id('opportunities.account_id')) }} as account_id,
        {{ source_key('salesforce', salesforce_id('opportunities.owner_user_id')) }} as owner_user_id,
        {{ source_key('salesforce', 'deal_partners.partner_account_id') }} as partner_id,
        {{ source_key('salesforce', salesforce_id('opportunities.contract_id')) }} as contract_id,
        -- A wording that the seed does not know leaves the type open: the deal's money counts all the same.
        opportunity_types.opportunity_type,
        opportunities.amount,
        opportunities.currency,
        opportunities.contract_months,
        opportunities.stage_name,
        opportunities.is_closed,
        opportunities.is_won,
        -- The CRM says 40 for four in ten.
        {{ prorated('opportunities.probability_percent', '1', '100', 6) }} as probability,
        opportunities.forecast_category,
        opportunities.lead_source,
        {{ source_key('salesforce', salesforce_id('opportunities.campaign_id')) }} as campaign_id,
        opportunities.loss_reason,
        nullif(trim(opportunities.competitor_name), '') as competitor_name,
        opportunities.created_at,
        opportunities.closed_on,
        'salesforce' as source_system
    from opportunities
    left join opportunity_types
        on {{ spelled_alike('opportunities.opportunity_type') }} = opportunity_types.source_type
    left join deal_partners
        on {{ salesforce_id('opportunities.opportunity_id') }} = deal_partners.opportunity_id
)

select * from contracted
