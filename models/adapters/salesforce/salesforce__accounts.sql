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

-- A reference may hold the 15-character form of an id: it names the object whose id begins with it.
account_ids as (
    select
        substr(account_id, 1, 15) as short_id,
        min(account_id) as account_id
    from accounts
    group by short_id
),

user_ids as (
    select
        substr(user_id, 1, 15) as short_id,
        min(user_id) as user_id
    from {{ ref('stg_salesforce__user') }}
    group by short_id
),

contracted as (
    select
        {{ source_key('salesforce', 'accounts.account_id') }} as account_id,
        accounts.account_name,
        accounts.industry,
        accounts.employee_count,
        accounts.segment,
        accounts.country_code,
        {{ source_key('salesforce', 'coalesce(user_ids.user_id, accounts.owner_user_id)') }} as owner_user_id,
        {{ source_key('salesforce', 'coalesce(account_ids.account_id, accounts.parent_account_id)') }} as parent_account_id,
        accounts.created_at,
        'salesforce' as source_system
    from accounts
    left join user_ids
        on accounts.owner_user_id = user_ids.short_id
    left join account_ids
        on accounts.parent_account_id = account_ids.short_id
)

select * from contracted
