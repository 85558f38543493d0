with members as (
    select
        campaign_member_id,
        {{ salesforce_id('campaign_id') }} as campaign_id,
        {{ salesforce_id('contact_id') }} as contact_id,
        has_responded,
        responded_on,
        created_at
    from {{ ref('stg_salesforce__campaign_member') }}
),

contacts as (
    select
        {{ salesforce_id('contact_id') }} as contact_id,
        {{ salesforce_id('account_id') }} as account_id
    from {{ ref('stg_salesforce__contact') }}
    where account_id is not null
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('members.campaign_member_id')) }} as campaign_touch_id,
        {{ source_key('salesforce', 'members.campaign_id') }} as campaign_id,
        {{ source_key('salesforce', 'contacts.account_id') }} as account_id,
        members.has_responded,
        coalesce(
            case when members.has_responded then members.responded_on end,
            {{ business_date('members.created_at') }}
        ) as touched_on,
        'salesforce' as source_system
    from members
    inner join contacts
        on members.contact_id = contacts.contact_id
)

select * from contracted
