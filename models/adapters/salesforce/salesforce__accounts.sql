with accounts as (
    select
        account_id,
        account_name,
        industry,
        employee_count,
        segment,
        country_code,
        owner_user_id,
        parent_account_id,
        created_at
    from {{ ref('stg_salesforce__account') }}
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('account_id')) }} as account_id,
        account_name,
        industry,
        employee_count,
        segment,
        country_code,
        {{ source_key('salesforce', salesforce_id('owner_user_id')) }} as owner_user_id,
        {{ source_key('salesforce', salesforce_id('parent_account_id')) }} as parent_account_id,
        created_at,
        'salesforce' as source_system
    from accounts
)

select * from contracted
