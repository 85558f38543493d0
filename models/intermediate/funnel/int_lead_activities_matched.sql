with leads as (
    select
        lead_id,
        opportunity_id
    from {{ ref('int_leads_described') }}
),

activities as (
    select activities.*
    from {{ ref('input_activities') }} as activities
    cross join {{ ref('as_of') }} as as_of
    where activities.is_done and activities.occurred_at <= as_of.as_of
),

-- What is done about the deal that a lead became is done for the lead; a union, because much is with both.
matched as (
    select
        leads.lead_id,
        activities.activity_id,
        activities.activity_type,
        activities.is_contact,
        activities.occurred_at,
        activities.occurred_on
    from leads
    inner join activities on leads.lead_id = activities.lead_id
    union
    select
        leads.lead_id,
        activities.activity_id,
        activities.activity_type,
        activities.is_contact,
        activities.occurred_at,
        activities.occurred_on
    from leads
    inner join activities on leads.opportunity_id = activities.opportunity_id
)

select * from matched
