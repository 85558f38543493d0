with owner_spans as (
    select
        account_id,
        owner_user_id as user_id,
        'owner' as role_code,
        valid_from,
        valid_to
    from {{ ref('salesforce__account_owner_spans') }}
),

team_spans as (
    select
        account_id,
        user_id,
        -- The team may list the owner as such; who owns an account is said by the account.
        case when role_code = 'owner' then 'team_owner' else role_code end as role_code,
        valid_from,
        valid_to
    from {{ ref('salesforce__account_team_spans') }}
),

spans as (
    select * from owner_spans
    union all
    select * from team_spans
),

contracted as (
    select
        {{ source_key('salesforce', "account_id || '|' || role_code || '|' || user_id || '|' || cast(valid_from as string)") }}
            as account_owner_id,
        {{ source_key('salesforce', 'account_id') }} as account_id,
        {{ source_key('salesforce', 'user_id') }} as user_id,
        role_code,
        valid_from,
        valid_to,
        'salesforce' as source_system
    from spans
)

select * from contracted
