{# Events that are one row of a source; what is computed from many rows is corrected by computing it again. #}
{% set rows_of_events = {
    'booking': ['opportunities'],
    'renewal': ['contracts'],
    'meeting': ['meetings'],
    'referral': ['referrals'],
    'delivery': ['deliveries'],
    'invoice': ['invoices', 'credit_notes'],
    'cash': ['payments'],
} %}
{% set keys = {
    'opportunities': 'opportunity_id',
    'contracts': 'contract_id',
    'meetings': 'meeting_id',
    'referrals': 'referral_id',
    'deliveries': 'delivery_id',
    'invoices': 'invoice_id',
    'credit_notes': 'credit_note_id',
    'payments': 'payment_id',
} %}

-- An event has several parts and payees.
with posted as (
    select distinct
        basis_key,
        split_part(basis_key, ':', 1) as event_type
    from {{ ref('int_postings_summed') }}
    where part in ('earned', 'held', 'clawback') and posted_amount <> 0
),

credits as (
    select
        event_key,
        uncredited_reason
    from {{ ref('int_credits') }}
),

known_rows as (
    {% for entity, key in keys.items() -%}
    select
        '{{ entity }}' as entity,
        {{ key }} as row_id
    from {{ ref('input_' ~ entity) }}
    union all
    {% endfor -%}
    select
        entity,
        row_id
    from {{ ref('input_known_rows') }}
),

known_events as (
    {% for event_type, entities in rows_of_events.items() -%}
    select
        '{{ event_type }}:' || row_id as row_key
    from known_rows
    where entity in ('{{ entities | join("', '") }}')
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

-- Cash of one payment is several events, one an invoice line.
of_rows as (
    select
        basis_key,
        split_part(basis_key, '|', 1) as row_key
    from posted
    where event_type in ('{{ rows_of_events | join("', '") }}')
),

blocked as (
    select
        posted.basis_key,
        'splits_not_100_percent' as blocked_because
    from posted
    inner join credits on posted.basis_key = credits.event_key
    where credits.uncredited_reason = 'splits_not_100_percent'
    union all
    select
        of_rows.basis_key,
        'row_lost' as blocked_because
    from of_rows
    left join known_events on of_rows.row_key = known_events.row_key
    where known_events.row_key is null
),

named as (
    select
        basis_key,
        min(blocked_because) as blocked_because
    from blocked
    group by basis_key
)

select * from named
