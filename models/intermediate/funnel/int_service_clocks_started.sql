with leads as (
    select
        lead_id,
        created_at,
        assigned_at,
        trial_started_at
    from {{ ref('int_leads_described') }}
),

service_levels as (
    select * from {{ ref('service_levels') }}
),

-- Whichever clock measures, what is done counts from the day on which there was something to do:
-- who is called before the lead is assigned was called.
started as (
    select
        leads.lead_id,
        service_levels.service_level_code,
        'creation' as clock,
        leads.created_at as clock_started_at,
        {{ business_date('leads.created_at') }} as counted_from_on
    from leads
    inner join service_levels on service_levels.clock_start = 'lead_created'
    union all
    select
        leads.lead_id,
        service_levels.service_level_code,
        'assignment' as clock,
        leads.assigned_at as clock_started_at,
        {{ business_date('leads.created_at') }} as counted_from_on
    from leads
    inner join service_levels on service_levels.clock_start = 'lead_created'
    where leads.assigned_at is not null
    union all
    select
        leads.lead_id,
        service_levels.service_level_code,
        'trial' as clock,
        leads.trial_started_at as clock_started_at,
        {{ business_date('leads.trial_started_at') }} as counted_from_on
    from leads
    inner join service_levels on service_levels.clock_start = 'trial_started'
    where leads.trial_started_at is not null
),

known as (
    select started.*
    from started
    cross join {{ ref('as_of') }} as as_of
    where started.clock_started_at <= as_of.as_of
)

select * from known
