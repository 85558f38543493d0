with users as (
    select
        user_id,
        user_name,
        email,
        title,
        manager_user_id,
        is_active
    from {{ ref('stg_salesforce__user') }}
),

-- A reference may hold the 15-character form of an id, whose last three only guard against lost case: it names the
-- object whose id begins with it, and keys are given out as the object itself has them.
user_ids as (
    select
        substr(user_id, 1, 15) as short_id,
        min(user_id) as user_id
    from users
    group by short_id
),

contracted as (
    select
        {{ source_key('salesforce', 'users.user_id') }} as user_id,
        users.user_name,
        users.email,
        users.title,
        {{ source_key('salesforce', 'coalesce(user_ids.user_id, users.manager_user_id)') }} as manager_user_id,
        users.is_active,
        'salesforce' as source_system
    from users
    left join user_ids
        on users.manager_user_id = user_ids.short_id
)

select * from contracted
