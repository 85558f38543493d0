with days as (
    select
        opportunity_id,
        examined_on
    from {{ ref('int_deal_days_examined') }}
),

states as (
    select * from {{ ref('int_opportunities_at') }}
    where is_open and not is_deleted
),

contacts as (
    select * from {{ ref('int_deal_contacts') }}
),

decision_roles as (
    select
        {{ spelled_alike('source_role') }} as source_role,
        decision_role
    from {{ ref('decision_roles') }}
),

contact_roles as (
    select
        opportunity_id,
        {{ spelled_alike('role_name') }} as source_role,
        created_on
    from {{ ref('input_opportunity_contact_roles') }}
),

settings as (
    select * from {{ ref('int_forecast_settings') }}
),

-- Before anybody kept them, a missing contact or role says nothing of the deal.
first_kept as (
    select
        (select min(contacted_on) from contacts) as contacts_from,
        (select min(created_on) from contact_roles) as roles_from,
        (select count(distinct decision_role) from decision_roles) as decision_role_count
),

contacted as (
    select
        days.opportunity_id,
        days.examined_on,
        max(contacts.contacted_on) as last_contact_on,
        sum(case
            when contacts.contacted_on > {{ days_later('days.examined_on', '-settings.contact_window_days') }} then contacts.contact_count
        end) as recent_contact_count
    from days
    cross join settings
    inner join contacts
        on
            days.opportunity_id = contacts.opportunity_id
            and days.examined_on >= contacts.contacted_on
    group by days.opportunity_id, days.examined_on
),

decided_by as (
    select
        days.opportunity_id,
        days.examined_on,
        count(distinct decision_roles.decision_role) as held_role_count
    from days
    inner join contact_roles
        on
            days.opportunity_id = contact_roles.opportunity_id
            and days.examined_on >= contact_roles.created_on
    inner join decision_roles on contact_roles.source_role = decision_roles.source_role
    group by days.opportunity_id, days.examined_on
),

features as (
    select
        days.opportunity_id,
        days.examined_on,
        states.owner_user_id,
        coalesce(states.segment, 'unknown') as segment,
        states.opportunity_type,
        states.stage_code,
        states.reporting_amount,
        states.expected_close_on,
        {{ days_between('states.stage_entered_on', 'days.examined_on') }} as stage_days,
        contacted.last_contact_on,
        -- Who was never spoken to has been waiting since the deal was created.
        case
            when first_kept.contacts_from <= days.examined_on
                then
                    {{ days_between(
                        'coalesce(contacted.last_contact_on, least(states.created_on, days.examined_on))',
                        'days.examined_on'
                    ) }}
        end as silent_days,
        case when first_kept.contacts_from <= days.examined_on then coalesce(contacted.recent_contact_count, 0) end as recent_contact_count,
        states.pushes_to_date as push_count,
        states.cuts_to_date as cut_count,
        case
            when first_kept.roles_from <= days.examined_on
                then first_kept.decision_role_count - coalesce(decided_by.held_role_count, 0)
        end as missing_role_count
    from days
    cross join first_kept
    inner join states
        on
            days.opportunity_id = states.opportunity_id
            and days.examined_on >= states.valid_from_on
            and (states.valid_to_on is null or days.examined_on < states.valid_to_on)
    left join contacted
        on
            days.opportunity_id = contacted.opportunity_id
            and days.examined_on = contacted.examined_on
    left join decided_by
        on
            days.opportunity_id = decided_by.opportunity_id
            and days.examined_on = decided_by.examined_on
)

select * from features
