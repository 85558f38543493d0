{% set entities = {'opportunity': 'opportunities', 'contract': 'contracts', 'event': 'meetings', 'referral_c': 'referrals'} %}

with judged_rows as (
    {% for table_name, entity in entities.items() -%}
    select
        '{{ entity }}' as entity,
        {{ source_key('salesforce', salesforce_id('id')) }} as row_id,
        row_status
    from {{ ref('base_salesforce__' ~ table_name) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

-- A row may have been landed under both forms of its id: it is deleted where both are.
contracted as (
    select
        entity || '|' || row_id as known_row_key,
        entity,
        row_id,
        count(case when row_status = 'staged' then row_id end) = 0 as is_deleted,
        'salesforce' as source_system
    from judged_rows
    where row_status in ('staged', 'deleted')
    group by entity, row_id
)

select * from contracted
