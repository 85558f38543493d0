with entitlements as (
    select * from {{ ref('int_entitlements_listed') }}
),

frozen as (
    select * from {{ ref('int_frozen_keys_listed') }}
),

blocked as (
    select basis_key from {{ ref('int_events_blocked') }}
),

closes as (
    select kind from {{ source('ledger', 'ledger_closes') }}
),

cutoff as (
    select first_period_start from {{ ref('cutoff') }}
),

openings as (
    select count(*) > 0 as is_opened
    from closes
),

-- Once the ledger is opened, what was earned before it is what the opening says, and nothing else. Of an event that is
-- no longer valid nothing is added either.
live as (
    select entitlements.*
    from entitlements
    cross join cutoff
    cross join openings
    left join frozen
        on
            entitlements.payee_id = frozen.payee_id
            and entitlements.component_code = frozen.component_code
            and entitlements.basis_key = frozen.basis_key
            and entitlements.part = frozen.part
            and entitlements.earning_period_start = frozen.earning_period_start
            and entitlements.currency = frozen.currency
    left join blocked on entitlements.basis_key = blocked.basis_key
    where
        frozen.basis_key is null
        and blocked.basis_key is null
        and (not openings.is_opened or entitlements.earning_period_start >= cutoff.first_period_start)
),

frozen_entitlements as (
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
        cast(null as string) as frozen_because
    from live
    union all
    select
        payee_id,
        component_code,
        basis_key,
        part,
        earning_period_start,
        currency,
        posted_amount as amount,
        false as is_interim,
        false as is_rate_provisional,
        cast(null as string) as event_fingerprint,
        cast(null as string) as credit_fingerprint,
        cast(null as string) as rules_fingerprint,
        cast(null as string) as exchange_rate_fingerprint,
        cast(null as string) as attainment_fingerprint,
        cast(null as string) as retained_fingerprint,
        cast(null as string) as released_fingerprint,
        frozen_because
    from frozen
)

select * from frozen_entitlements
