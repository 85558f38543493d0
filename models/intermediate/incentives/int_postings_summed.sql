with ledger_lines as (
    select * from {{ source('ledger', 'ledger_lines') }}
),

summed as (
    select
        payee_id,
        component_code,
        basis_key,
        part,
        earning_period_start,
        currency,
        max_by(line_id, sequence) as line_id,
        cast(sum(amount) as decimal(18, 2)) as posted_amount
    from ledger_lines
    group by payee_id, component_code, basis_key, part, earning_period_start, currency
)

select * from summed
