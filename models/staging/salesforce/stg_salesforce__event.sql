with events as (
    select
        -- keys
        id as event_id,
        account_id,
        who_id,
        what_id,
        owner_id as owner_user_id,

        -- properties
        type as event_type,
        coalesce(is_all_day_event, false) as is_all_day,
        coalesce(is_child, false) as is_copy,
        was_held_c as was_held,

        -- times
        start_date_time as starts_at
    from {{ ref('base_salesforce__event') }}
    where row_status = 'staged'
)

select * from events
