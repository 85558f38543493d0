with accounts as (
    select
        {{ salesforce_id('account_id') }} as account_id,
        account_name,
        account_type
    from {{ ref('stg_salesforce__account') }}
),

partner_types as (
    select {{ spelled_alike('source_type') }} as source_type
    from {{ ref('partner_types') }}
    where source_system = 'salesforce'
),

on_deals as (
    select {{ salesforce_id('partner_account_id') }} as account_id
    from {{ ref('stg_salesforce__opportunity_partner') }}
    group by partner_account_id
),

typed as (
    select accounts.account_id
    from accounts
    inner join partner_types on {{ spelled_alike('accounts.account_type') }} = partner_types.source_type
),

partner_accounts as (
    select account_id from on_deals
    union
    select account_id from typed
),

contracted as (
    select
        {{ source_key('salesforce', 'partner_accounts.account_id') }} as partner_id,
        {{ source_key('salesforce', 'partner_accounts.account_id') }} as account_id,
        accounts.account_name as partner_name,
        'salesforce' as source_system
    from partner_accounts
    left join accounts on partner_accounts.account_id = accounts.account_id
)

select * from contracted
