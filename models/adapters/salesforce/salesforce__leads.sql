with leads as (
    select
        {{ salesforce_id('lead_id') }} as lead_id,
        case when substr(owner_user_id, 1, 3) = '005' then {{ salesforce_id('owner_user_id') }} end as owner_user_id,
        {{ salesforce_id('converted_account_id') }} as account_id,
        {{ salesforce_id('converted_opportunity_id') }} as opportunity_id,
        is_converted,
        status,
        lead_source,
        industry,
        employee_count,
        country_code,
        has_budget,
        has_authority,
        has_need,
        has_timeline,
        converted_on,
        trial_started_at,
        created_at
    from {{ ref('stg_salesforce__lead') }}
    -- Landed under both forms of its id a lead is one: the form with 18 letters is what the connector writes today.
    qualify row_number() over (partition by {{ salesforce_id('lead_id') }} order by length(lead_id) desc) = 1
),

versions as (
    select * from {{ ref('salesforce__lead_versions') }}
),

-- A lead is assigned when a person first has it. What its history began with had been so since it was made.
assignments as (
    select
        lead_id,
        min(version_started_at) as history_began_at,
        min(case when owner_user_id is not null then version_started_at end) as assigned_at
    from versions
    group by lead_id
),

-- The CRM says the day of a conversion, and its history the instant: nothing changes the status afterwards.
conversions as (
    select
        versions.lead_id,
        max(versions.version_started_at) as converted_at
    from versions
    inner join leads on versions.lead_id = leads.lead_id
    where leads.is_converted and versions.status = leads.status and versions.is_status_change
    group by versions.lead_id
),

-- Of several campaigns that reached a lead the first brought it.
touches as (
    select
        {{ salesforce_id('lead_id') }} as lead_id,
        {{ salesforce_id('campaign_id') }} as campaign_id
    from {{ ref('stg_salesforce__campaign_member') }}
    where lead_id is not null
    qualify row_number() over (
        partition by {{ salesforce_id('lead_id') }} order by created_at asc, campaign_member_id asc
    ) = 1
),

contracted as (
    select
        {{ source_key('salesforce', 'leads.lead_id') }} as lead_id,
        {{ source_key('salesforce', 'leads.owner_user_id') }} as owner_user_id,
        {{ source_key('salesforce', 'leads.account_id') }} as account_id,
        {{ source_key('salesforce', 'leads.opportunity_id') }} as opportunity_id,
        leads.lead_source,
        {{ source_key('salesforce', 'touches.campaign_id') }} as campaign_id,
        leads.status as stage_name,
        leads.has_budget,
        leads.has_authority,
        leads.has_need,
        leads.has_timeline,
        leads.industry,
        leads.employee_count,
        leads.country_code,
        leads.trial_started_at is not null as is_trial,
        leads.created_at,
        case
            when assignments.assigned_at = assignments.history_began_at then leads.created_at
            else assignments.assigned_at
        end as assigned_at,
        leads.trial_started_at,
        case
            when leads.is_converted
                then coalesce(conversions.converted_at, greatest(cast(leads.converted_on as timestamp), leads.created_at))
        end as converted_at,
        'salesforce' as source_system
    from leads
    left join assignments on leads.lead_id = assignments.lead_id
    left join conversions on leads.lead_id = conversions.lead_id
    left join touches on leads.lead_id = touches.lead_id
)

select * from contracted
