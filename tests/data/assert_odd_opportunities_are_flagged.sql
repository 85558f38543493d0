-- A deal that closed before it was entered, or was won before anybody had reached the customer, is there and says so; no other does.
with contacts as (
    select
        activities.opportunity_id,
        min(activities.occurred_on) as first_contact_on
    from {{ ref('input_activities') }} as activities
    cross join {{ ref('as_of') }} as as_of
    where activities.is_contact and activities.occurred_on <= as_of.as_of_on
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

expected as (
    select
        opportunities.opportunity_id,
        case when opportunities.closed_on < {{ business_date('opportunities.created_at') }} then 1 else 0 end as early_close,
        case when wins.won_on < contacts.first_contact_on then 1 else 0 end as early_win
    from {{ ref('input_opportunities') }} as opportunities
    left join contacts on opportunities.opportunity_id = contacts.opportunity_id
    left join wins on opportunities.opportunity_id = wins.opportunity_id
),

flagged as (
    select
        object_id,
        max(case when is_close_before_creation then 1 else 0 end) as early_close,
        max(case when is_won_before_contact then 1 else 0 end) as early_win
    from {{ ref('fct_stage_visits') }}
    where object_type = 'opportunity'
    group by object_id
)

select
    expected.opportunity_id,
    expected.early_close as expected_early_close,
    flagged.early_close,
    expected.early_win as expected_early_win,
    flagged.early_win
from expected
left join flagged on expected.opportunity_id = flagged.object_id
where expected.early_close is distinct from flagged.early_close or expected.early_win is distinct from flagged.early_win
