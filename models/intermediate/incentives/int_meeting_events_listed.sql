with meetings as (
    select
        meeting_id,
        account_id,
        opportunity_id,
        owner_user_id,
        held_on,
        source_system
    from {{ ref('input_meetings') }}
),

-- A meeting is no money: it has neither amount nor currency; it counts as one.
listed as (
    select
        'meeting:' || meeting_id as event_key,
        'meeting' as event_type,
        held_on as occurred_on,
        account_id,
        opportunity_id,
        cast(1 as decimal(18, 6)) as unit_count,
        owner_user_id as user_id,
        source_system,
        meeting_id as source_id
    from meetings
)

select * from listed
