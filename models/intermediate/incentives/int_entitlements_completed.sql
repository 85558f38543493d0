with entitlements as (
    select * from {{ ref('int_entitlements_frozen') }}
),

draws as (
    select * from {{ ref('int_draws_settled') }}
),

-- Draws come last: they look at what everything else posts.
completed as (
    select
        payee_id,
        component_code,
        basis_key,
        part,
        earning_period_start,
        currency,
        amount,
        is_interim,
        is_rate_provisional,
        event_fingerprint,
        credit_fingerprint,
        rules_fingerprint,
        exchange_rate_fingerprint,
        attainment_fingerprint,
        retained_fingerprint,
        released_fingerprint,
        frozen_because
    from entitlements
    union all
    select
        payee_id,
        component_code,
        basis_key,
        part,
        earning_period_start,
        currency,
        amount,
        false as is_interim,
        false as is_rate_provisional,
        event_fingerprint,
        cast(null as string) as credit_fingerprint,
        cast(null as string) as rules_fingerprint,
        cast(null as string) as exchange_rate_fingerprint,
        cast(null as string) as attainment_fingerprint,
        cast(null as string) as retained_fingerprint,
        cast(null as string) as released_fingerprint,
        cast(null as string) as frozen_because
    from draws
)

select * from completed
