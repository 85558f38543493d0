with line_parts as (
    select * from {{ ref('int_line_parts_listed') }}
),

fingerprints as (
    select * from {{ ref('int_line_causes_fingerprinted') }}
),

adjustments as (
    select * from {{ ref('int_adjustments_listed') }}
),

listed as (
    select
        line_parts.payee_id,
        line_parts.component_code,
        line_parts.basis_key,
        line_parts.part,
        line_parts.earning_period_start,
        line_parts.currency,
        line_parts.amount,
        line_parts.is_interim,
        line_parts.is_rate_provisional,
        fingerprints.event_fingerprint,
        fingerprints.credit_fingerprint,
        fingerprints.rules_fingerprint,
        fingerprints.exchange_rate_fingerprint,
        fingerprints.attainment_fingerprint,
        fingerprints.retained_fingerprint,
        fingerprints.released_fingerprint
    from line_parts
    inner join fingerprints
        on
            line_parts.payee_id = fingerprints.payee_id
            and line_parts.component_code = fingerprints.component_code
            and line_parts.basis_key = fingerprints.basis_key
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
        cast(null as string) as released_fingerprint
    from adjustments
)

select * from listed
