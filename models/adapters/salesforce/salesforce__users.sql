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

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('user_id')) }} as user_id,
        user_name,
        email,
        title,
        {{ source_key('salesforce', salesforce_id('manager_user_id')) }} as manager_user_id,
        is_active,
        'salesforce' as source_system
    from users
)

select * from contracted
