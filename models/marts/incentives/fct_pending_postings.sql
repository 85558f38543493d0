with pending as (
    select * from {{ ref('int_postings_pending') }}
),

explained as (
    select * from {{ ref('int_postings_explained') }}
),

entitlements as (
    select * from {{ ref('fct_payout_entitlements') }}
),

cutoff as (
    select period_start from {{ ref('cutoff') }}
),

fct_pending_postings as (
    select
        pending.payee_id,
        pending.component_code,
        pending.basis_key,
        pending.part,
        pending.earning_period_start,
        pending.currency,
        pending.entitlement_amount,
        pending.posted_amount,
        pending.pending_amount,
        explained.reason,
        explained.changed,
        cutoff.period_start as posting_period_start,
        md5(concat_ws('|', pending.payee_id, pending.component_code, pending.basis_key)) as line_id,
        coalesce(entitlements.is_interim, false) as is_interim,
        pending.is_blocked
    from pending
    cross join cutoff
    inner join explained
        on
            pending.payee_id = explained.payee_id
            and pending.component_code = explained.component_code
            and pending.basis_key = explained.basis_key
            and pending.part = explained.part
            and pending.earning_period_start = explained.earning_period_start
            and pending.currency = explained.currency
    left join entitlements
        on
            pending.payee_id = entitlements.payee_id
            and pending.component_code = entitlements.component_code
            and pending.basis_key = entitlements.basis_key
            and pending.part = entitlements.part
            and pending.earning_period_start = entitlements.earning_period_start
            and pending.currency = entitlements.currency
)

select * from fct_pending_postings
