with quarantined_rows as (
    {% for source_name, tables in lists_of('landed_tables').items() -%}
    {% set outer_last = loop.last -%}
    {% for table_name in tables -%}
    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        landed.row_key,
        landed.reject_reason as reason,
        landed._file as file_name,
        landed._row as row_number_in_file,
        landed._fivetran_synced as synced_at,
        {{ row_as_json('landed') }} as raw_content
    from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }} as landed
    where landed.row_status = 'quarantined'
    {{ 'union all' if not (loop.last and outer_last) }}
    {% endfor -%}
    {% endfor -%}
)

select * from quarantined_rows
