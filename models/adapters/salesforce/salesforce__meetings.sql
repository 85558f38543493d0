with events as (
    select
        event_id,
        owner_user_id,
        event_type,
        was_held,
        {{ salesforce_id('account_id') }} as account_id,
        {{ salesforce_id('what_id') }} as what_id,
        -- Midnight of an all-day event stands for a day, not for an instant.
        case when is_all_day then cast(starts_at as date) else {{ business_date('starts_at') }} end as held_on
    from {{ ref('stg_salesforce__event') }}
    -- Who is invited to a group event finds a copy of it in the calendar: it is one meeting, its owner's.
    where not is_copy
),

meeting_types as (
    select {{ spelled_alike('source_type') }} as source_type
    from {{ ref('activity_types') }}
    where source_system = 'salesforce' and is_meeting
),

opportunities as (
    select
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        {{ salesforce_id('account_id') }} as account_id
    from {{ ref('stg_salesforce__opportunity') }}
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('events.event_id')) }} as meeting_id,
        -- The first three letters of an id say what it is an id of.
        {{ source_key(
            'salesforce',
            "coalesce(events.account_id, opportunities.account_id, case when substr(events.what_id, 1, 3) = '001' then events.what_id end)"
        ) }} as account_id,
        {{ source_key('salesforce', "case when substr(events.what_id, 1, 3) = '006' then events.what_id end") }} as opportunity_id,
        {{ source_key('salesforce', salesforce_id('events.owner_user_id')) }} as owner_user_id,
        events.held_on,
        'salesforce' as source_system
    from events
    inner join meeting_types on {{ spelled_alike('events.event_type') }} = meeting_types.source_type
    left join opportunities on events.what_id = opportunities.opportunity_id
    -- Without a tick there is no other sign that a meeting took place than that it was not taken out of the calendar.
    where coalesce(events.was_held, true)
)

select * from contracted
