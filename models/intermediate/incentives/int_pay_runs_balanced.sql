with closes as (
    select
        sequence,
        kind,
        period_start
    from {{ source('ledger', 'ledger_closes') }}
    -- What the opening takes as posted was paid elsewhere.
    where kind <> 'opening'
),

lines as (
    select
        sequence,
        payee_id,
        currency,
        part,
        amount
    from {{ source('ledger', 'ledger_lines') }}
),

posted as (
    select
        lines.payee_id,
        lines.currency,
        lines.sequence,
        {%- for part in ['earned', 'held', 'clawback', 'adjustment', 'advance', 'recovery'] %}
        cast(sum(case when lines.part = '{{ part }}' then lines.amount else 0 end) as decimal(18, 2)) as {{ part }}_amount,
        {%- endfor %}
        cast(sum(lines.amount) as decimal(18, 2)) as posted_amount
    from lines
    inner join closes on lines.sequence = closes.sequence
    group by lines.payee_id, lines.currency, lines.sequence
),

paid_from as (
    select
        payee_id,
        currency,
        min(sequence) as first_sequence
    from posted
    group by payee_id, currency
),

-- From its first posting on a payee has a row for every close, so that what is carried is carried through quiet months.
runs as (
    select
        paid_from.payee_id,
        paid_from.currency,
        closes.sequence,
        closes.kind,
        closes.period_start as posting_period_start
    from paid_from
    inner join closes on paid_from.first_sequence <= closes.sequence
),

filled as (
    select
        runs.*,
        {%- for part in ['earned', 'held', 'clawback', 'adjustment', 'advance', 'recovery', 'posted'] %}
        coalesce(posted.{{ part }}_amount, 0) as {{ part }}_amount,
        {%- endfor %}
        posted.sequence is not null as has_lines
    from runs
    left join posted
        on
            runs.payee_id = posted.payee_id
            and runs.currency = posted.currency
            and runs.sequence = posted.sequence
),

summed as (
    select
        *,
        cast(sum(posted_amount) over (partition by payee_id, currency order by sequence) as decimal(18, 2)) as posted_to_date_amount
    from filled
),

-- A run pays what is above zero. So paid to date is the highest that posted to date ever was, and never falls.
balanced as (
    select
        *,
        greatest(
            cast(0 as decimal(18, 2)), max(posted_to_date_amount) over (partition by payee_id, currency order by sequence)
        ) as paid_to_date_amount
    from summed
)

select * from balanced
