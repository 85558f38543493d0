{% set entities = {'invoice': 'invoices', 'credit_note': 'credit_notes', 'charge': 'payments'} %}

with judged_rows as (
    {% for table_name, entity in entities.items() -%}
    select
        '{{ entity }}' as entity,
        {{ source_key('stripe', 'id') }} as row_id,
        row_status
    from {{ ref('base_stripe__' ~ table_name) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

contracted as (
    select
        entity || '|' || row_id as known_row_key,
        entity,
        row_id,
        row_status = 'deleted' as is_deleted,
        'stripe' as source_system
    from judged_rows
    where row_status in ('staged', 'deleted')
)

select * from contracted
