{% set posting_key = "concat_ws('|', payee_id, component_code, basis_key, part, cast(earning_period_start as string), currency)" %}

-- Posted and pending make what should be posted, for every key of the ledger's own time.
with posted as (
    select
        {{ posting_key }} as posting_key,
        earning_period_start,
        amount
    from {{ source('ledger', 'ledger_lines') }}
),

pending as (
    select
        {{ posting_key }} as posting_key,
        earning_period_start,
        pending_amount
    from {{ ref('fct_pending_postings') }}
),

entitlements as (
    select
        {{ posting_key }} as posting_key,
        earning_period_start,
        amount
    from {{ ref('fct_payout_entitlements') }}
),

amounts as (
    select
        posting_key,
        earning_period_start,
        amount as booked_amount,
        0 as entitlement_amount
    from posted
    union all
    select
        posting_key,
        earning_period_start,
        pending_amount as booked_amount,
        0 as entitlement_amount
    from pending
    union all
    select
        posting_key,
        earning_period_start,
        0 as booked_amount,
        amount as entitlement_amount
    from entitlements
)

select
    amounts.posting_key,
    sum(amounts.booked_amount) as booked_amount,
    sum(amounts.entitlement_amount) as entitlement_amount
from amounts
cross join {{ ref('cutoff') }} as cutoff
where amounts.earning_period_start >= cutoff.first_period_start
group by amounts.posting_key
having sum(amounts.booked_amount) <> sum(amounts.entitlement_amount)
