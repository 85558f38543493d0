with entitlements as (
    select * from {{ ref('int_entitlements_completed') }}
),

fct_payout_entitlements as (
    select
        payee_id,
        component_code,
        basis_key,
        part,
        earning_period_start,
        currency,
        amount,
        md5(concat_ws('|', payee_id, component_code, basis_key)) as line_id,
        is_interim,
        is_rate_provisional,
        frozen_because,
        event_fingerprint,
        credit_fingerprint,
        rules_fingerprint,
        exchange_rate_fingerprint,
        attainment_fingerprint,
        retained_fingerprint,
        released_fingerprint
    from entitlements
)

select * from fct_payout_entitlements
