with users as (
    select
        user_id,
        user_name,
        email,
        title,
        manager_user_id,
        is_active
    from {{ ref('input_users') }}
),

users_with_managers as (
    select
        users.user_id,
        coalesce(users.user_name, 'unknown') as user_name,
        users.email,
        coalesce(users.title, 'unknown') as title,
        -- A manager whom nobody knows is the member `unknown`; who has none, as the head of sales, keeps none.
        case when users.manager_user_id is not null then coalesce(managers.user_id, 'unknown') end as manager_user_id,
        case when users.manager_user_id is not null then coalesce(managers.user_name, 'unknown') end as manager_name,
        users.is_active
    from users
    left join users as managers
        on users.manager_user_id = managers.user_id
),

dim_users as (
    select * from users_with_managers
    union all
    select
        'unknown' as user_id,
        'unknown' as user_name,
        cast(null as string) as email,
        'unknown' as title,
        cast(null as string) as manager_user_id,
        cast(null as string) as manager_name,
        cast(null as boolean) as is_active
)

select * from dim_users
