with lines as (
    select * from {{ source('ledger', 'ledger_lines') }}
),

closes as (
    select
        sequence,
        kind,
        closed_at,
        close_hash
    from {{ source('ledger', 'ledger_closes') }}
),

fct_payout_ledger as (
    select
        lines.sequence,
        closes.kind as close_kind,
        lines.posting_period_start,
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.part,
        lines.earning_period_start,
        lines.currency,
        lines.amount,
        lines.reason,
        lines.changed,
        lines.line_id,
        lines.event_fingerprint,
        lines.credit_fingerprint,
        lines.rules_fingerprint,
        lines.exchange_rate_fingerprint,
        lines.attainment_fingerprint,
        lines.retained_fingerprint,
        lines.released_fingerprint,
        closes.closed_at,
        closes.close_hash
    from lines
    left join closes on lines.sequence = closes.sequence
)

select * from fct_payout_ledger
