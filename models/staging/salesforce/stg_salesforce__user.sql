with users as (
    select
        -- keys
        id as user_id,
        manager_id as manager_user_id,
        user_role_id,

        -- properties
        name as user_name,
        nullif(lower(trim(email)), '') as email,
        title,
        is_active
    from {{ ref('base_salesforce__user') }}
    where row_status = 'staged'
)

select * from users
