with referrals as (
    select
        referral_id,
        account_id,
        referrer_account_id,
        referrer_partner_id,
        opportunity_id,
        won_on,
        source_system
    from {{ ref('input_referrals') }}
    where won_on is not null
),

partners as (
    select
        partner_id,
        account_id
    from {{ ref('input_partners') }}
    where account_id is not null
    -- An account that is listed as several partners is the first of them.
    qualify row_number() over (partition by account_id order by partner_id) = 1
),

bookings as (
    select
        opportunity_id,
        amount,
        acv_amount,
        currency,
        contract_id,
        opportunity_type
    from {{ ref('int_booking_events_listed') }}
),

contracts as (
    select
        contract_id,
        service_start_on
    from {{ ref('int_contracts_linked') }}
),

-- The contract itself is not named: its partner, who sold the deal, is not who brought the customer.
listed as (
    select
        'referral:' || referrals.referral_id as event_key,
        'referral' as event_type,
        referrals.won_on as occurred_on,
        bookings.amount,
        bookings.acv_amount,
        bookings.currency,
        cast(1 as decimal(18, 6)) as unit_count,
        referrals.account_id,
        referrals.opportunity_id,
        coalesce(referrals.referrer_partner_id, partners.partner_id) as partner_id,
        bookings.opportunity_type,
        contracts.service_start_on,
        referrals.source_system,
        referrals.referral_id as source_id
    from referrals
    left join partners on referrals.referrer_account_id = partners.account_id
    left join bookings on referrals.opportunity_id = bookings.opportunity_id
    left join contracts on bookings.contract_id = contracts.contract_id
)

select * from listed
