with entitlements as (
    select * from {{ ref('int_entitlements_completed') }}
),

posted as (
    select * from {{ ref('int_postings_summed') }}
),

cutoff as (
    select first_period_start from {{ ref('cutoff') }}
),

-- A key that is no longer there should be 0, and one that is no longer valid is shown as it stands; what was earned before
-- the ledger began is the opening's.
compared as (
    select
        coalesce(entitlements.payee_id, posted.payee_id) as payee_id,
        coalesce(entitlements.component_code, posted.component_code) as component_code,
        coalesce(entitlements.basis_key, posted.basis_key) as basis_key,
        coalesce(entitlements.part, posted.part) as part,
        coalesce(entitlements.earning_period_start, posted.earning_period_start) as earning_period_start,
        coalesce(entitlements.currency, posted.currency) as currency,
        coalesce(entitlements.amount, 0) as entitlement_amount,
        coalesce(posted.posted_amount, 0) as posted_amount,
        coalesce(entitlements.frozen_because = 'blocked', false) as is_blocked
    from entitlements
    full outer join posted
        on
            entitlements.payee_id = posted.payee_id
            and entitlements.component_code = posted.component_code
            and entitlements.basis_key = posted.basis_key
            and entitlements.part = posted.part
            and entitlements.earning_period_start = posted.earning_period_start
            and entitlements.currency = posted.currency
),

pending as (
    select
        compared.payee_id,
        compared.component_code,
        compared.basis_key,
        compared.part,
        compared.earning_period_start,
        compared.currency,
        cast(compared.entitlement_amount as decimal(18, 2)) as entitlement_amount,
        cast(compared.posted_amount as decimal(18, 2)) as posted_amount,
        cast(compared.entitlement_amount - compared.posted_amount as decimal(18, 2)) as pending_amount,
        compared.is_blocked
    from compared
    cross join cutoff
    where
        (compared.entitlement_amount <> compared.posted_amount or compared.is_blocked)
        and compared.earning_period_start >= cutoff.first_period_start
)

select * from pending
