with tasks as (
    select
        -- keys
        id as task_id,
        who_id,
        what_id,
        account_id,
        owner_id as owner_user_id,

        -- properties
        type as task_type,
        task_subtype,
        coalesce(is_closed, false) as is_closed,
        coalesce(is_recurrence, false) as is_series,
        call_disposition as outcome,

        -- times
        cast(activity_date as date) as due_on,
        completed_date_time as completed_at
    from {{ ref('base_salesforce__task') }}
    where row_status = 'staged'
)

select * from tasks
