with visits as (
    select * from {{ ref('int_opportunity_visits_cut') }}
),

opportunities as (
    select
        opportunity_id,
        segment,
        coalesce(lead_source, 'unknown') as lead_source,
        channel,
        product_line,
        is_deleted,
        created_on,
        closed_on
    from {{ ref('int_opportunities_described') }}
),

contacts as (
    select
        activities.opportunity_id,
        min(activities.occurred_on) as first_contact_on
    from {{ ref('input_activities') }} as activities
    cross join {{ ref('as_of') }} as as_of
    where activities.is_contact and activities.opportunity_id is not null and activities.occurred_on <= as_of.as_of_on
    group by activities.opportunity_id
),

wins as (
    select
        opportunity_id,
        min(valid_from_on) as won_on
    from {{ ref('int_opportunities_at') }}
    where is_won
    group by opportunity_id
),

stage_visits as (
    select
        'opportunity' as object_type,
        visits.opportunity_id as object_id,
        visits.visit_number,
        visits.stage_code,
        visits.entered_at,
        visits.left_at,
        visits.entered_on,
        visits.left_on,
        visits.next_stage_code,
        visits.owner_user_id,
        visits.amount,
        visits.reporting_amount,
        visits.currency,
        opportunities.segment,
        opportunities.lead_source,
        opportunities.channel,
        opportunities.product_line,
        coalesce(wins.won_on < contacts.first_contact_on, false) as is_won_before_contact,
        coalesce(opportunities.closed_on < opportunities.created_on, false) as is_close_before_creation,
        visits.is_history_missing,
        opportunities.is_deleted
    from visits
    inner join opportunities on visits.opportunity_id = opportunities.opportunity_id
    left join wins on visits.opportunity_id = wins.opportunity_id
    left join contacts on visits.opportunity_id = contacts.opportunity_id
)

select * from stage_visits
