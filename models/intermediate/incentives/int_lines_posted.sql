with ledger_lines as (
    select * from {{ source('ledger', 'ledger_lines') }}
),

-- A line whose event was gone keeps what it was last known by.
posted as (
    select
        payee_id,
        component_code,
        basis_key,
        max(sequence) as last_sequence,
        max_by(event_fingerprint, sequence) filter (where event_fingerprint is not null) as event_fingerprint,
        max_by(credit_fingerprint, sequence) filter (where credit_fingerprint is not null) as credit_fingerprint,
        max_by(rules_fingerprint, sequence) filter (where rules_fingerprint is not null) as rules_fingerprint,
        max_by(exchange_rate_fingerprint, sequence) filter (where exchange_rate_fingerprint is not null) as exchange_rate_fingerprint,
        max_by(attainment_fingerprint, sequence) filter (where attainment_fingerprint is not null) as attainment_fingerprint,
        max_by(retained_fingerprint, sequence) filter (where retained_fingerprint is not null) as retained_fingerprint,
        max_by(released_fingerprint, sequence) filter (where released_fingerprint is not null) as released_fingerprint
    from ledger_lines
    group by payee_id, component_code, basis_key
)

select * from posted
