-- Midnight of an all-day appointment or of a due day stands for a day, not for an instant.
with logged as (
    select
        task_id as activity_id,
        who_id,
        what_id,
        account_id,
        owner_user_id,
        coalesce(task_type, task_subtype) as source_type,
        is_closed as is_done,
        outcome,
        due_on,
        case when is_closed then coalesce(completed_at, cast(due_on as timestamp)) end as occurred_at,
        case when is_closed then coalesce({{ business_date('completed_at') }}, due_on) end as occurred_on
    from {{ ref('stg_salesforce__task') }}
    where not is_series
    union all
    select
        event_id as activity_id,
        who_id,
        what_id,
        account_id,
        owner_user_id,
        event_type as source_type,
        -- Without a tick there is no other sign that it took place than that it was not taken out of the calendar.
        coalesce(was_held, true) as is_done,
        cast(null as string) as outcome,
        case when is_all_day then cast(starts_at as date) else {{ business_date('starts_at') }} end as due_on,
        case when coalesce(was_held, true) then starts_at end as occurred_at,
        case
            when not coalesce(was_held, true) then null
            when is_all_day then cast(starts_at as date)
            else {{ business_date('starts_at') }}
        end as occurred_on
    from {{ ref('stg_salesforce__event') }}
    where not is_copy
),

activities as (
    select
        logged.*,
        {{ salesforce_id('who_id') }} as person_id,
        {{ salesforce_id('what_id') }} as subject_id
    from logged
),

activity_types as (
    select
        {{ spelled_alike('source_type') }} as source_type,
        activity_type,
        is_contact
    from {{ ref('activity_types') }}
    where source_system = 'salesforce'
),

opportunities as (
    select
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        {{ salesforce_id('account_id') }} as account_id
    from {{ ref('stg_salesforce__opportunity') }}
),

contacts as (
    select
        {{ salesforce_id('contact_id') }} as contact_id,
        {{ salesforce_id('account_id') }} as account_id
    from {{ ref('stg_salesforce__contact') }}
),

-- On conversion the CRM hangs what was done with a lead on its contact. Of several leads of one contact the latest is meant.
converted_leads as (
    select
        {{ salesforce_id('converted_contact_id') }} as contact_id,
        {{ salesforce_id('lead_id') }} as lead_id
    from {{ ref('stg_salesforce__lead') }}
    where converted_contact_id is not null
    qualify row_number() over (
        partition by {{ salesforce_id('converted_contact_id') }} order by created_at desc, lead_id asc
    ) = 1
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('activities.activity_id')) }} as activity_id,
        coalesce(activity_types.activity_type, 'unmapped') as activity_type,
        activities.source_type as source_activity_type,
        coalesce(activity_types.is_contact, false) as is_contact,
        {{ source_key('salesforce', salesforce_id('activities.owner_user_id')) }} as owner_user_id,
        {{ source_key(
            'salesforce',
            "coalesce(case when substr(activities.person_id, 1, 3) = '00Q' then activities.person_id end, converted_leads.lead_id)"
        ) }} as lead_id,
        {{ source_key(
            'salesforce',
            'coalesce(' ~ salesforce_id('activities.account_id') ~ ', opportunities.account_id, '
            ~ "case when substr(activities.subject_id, 1, 3) = '001' then activities.subject_id end, contacts.account_id)"
        ) }} as account_id,
        {{ source_key(
            'salesforce',
            "case when substr(activities.subject_id, 1, 3) = '006' then activities.subject_id end"
        ) }} as opportunity_id,
        activities.occurred_at,
        activities.occurred_on,
        activities.due_on,
        activities.is_done,
        activities.outcome,
        'salesforce' as source_system
    from activities
    left join activity_types on {{ spelled_alike('activities.source_type') }} = activity_types.source_type
    left join opportunities on activities.subject_id = opportunities.opportunity_id
    left join contacts on activities.person_id = contacts.contact_id
    left join converted_leads on activities.person_id = converted_leads.contact_id
)

select * from contracted
