with referrals as (
    select
        {{ salesforce_id('referral_id') }} as referral_id,
        {{ salesforce_id('account_id') }} as account_id,
        {{ source_key('salesforce', salesforce_id('referrer_account_id')) }} as referrer_account_id,
        {{ salesforce_id('opportunity_id') }} as opportunity_id
    from {{ ref('stg_salesforce__referral_c') }}
),

partners as (
    select
        partner_id,
        account_id
    from {{ ref('salesforce__partners') }}
),

opportunities as (
    select
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        closed_on
    from {{ ref('stg_salesforce__opportunity') }}
    where is_won
),

contracted as (
    select
        {{ source_key('salesforce', 'referrals.referral_id') }} as referral_id,
        {{ source_key('salesforce', 'referrals.account_id') }} as account_id,
        case when partners.partner_id is null then referrals.referrer_account_id end as referrer_account_id,
        partners.partner_id as referrer_partner_id,
        {{ source_key('salesforce', 'referrals.opportunity_id') }} as opportunity_id,
        opportunities.closed_on as won_on,
        'salesforce' as source_system
    from referrals
    left join partners on referrals.referrer_account_id = partners.account_id
    left join opportunities on referrals.opportunity_id = opportunities.opportunity_id
)

select * from contracted
