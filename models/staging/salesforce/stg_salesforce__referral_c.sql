with referrals as (
    select
        -- keys
        id as referral_id,
        referred_account_c as account_id,
        referrer_account_c as referrer_account_id,
        opportunity_c as opportunity_id
    from {{ ref('base_salesforce__referral_c') }}
    where row_status = 'staged'
)

select * from referrals
