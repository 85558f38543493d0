with users as (
    select
        user_id,
        manager_user_id
    from {{ ref('input_users') }}
),

teamed as (
    select
        user_id,
        coalesce(manager_user_id, 'none') as team_user_id
    from users
    union all
    select
        'unknown' as user_id,
        'unknown' as team_user_id
)

select * from teamed
