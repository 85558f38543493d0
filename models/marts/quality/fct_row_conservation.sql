with landed_tables as (
    select
        source_name,
        table_name,
        landed_count
    from {{ source('landing', 'landed_tables') }}
),

judged_rows as (
    {% for source_name, tables in lists_of('landed_tables').items() -%}
    {% set outer_last = loop.last -%}
    {% for table_name in tables -%}
    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        row_status
    from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }}
    {{ 'union all' if not (loop.last and outer_last) }}
    {% endfor -%}
    {% endfor -%}
),

counted as (
    select
        source_name,
        table_name,
        count(*) filter (where row_status = 'later') as later_count,
        count(*) filter (where row_status = 'quarantined') as quarantined_count,
        count(*) filter (where row_status = 'superseded') as superseded_count,
        count(*) filter (where row_status = 'deleted') as deleted_count,
        count(*) filter (where row_status = 'staged') as staged_count
    from judged_rows
    group by source_name, table_name
),

-- The landed count comes from the files, the other five from the judgement: they agree, or a row was lost.
fct_row_conservation as (
    select
        coalesce(landed_tables.source_name, counted.source_name) as source_name,
        coalesce(landed_tables.table_name, counted.table_name) as table_name,
        coalesce(landed_tables.landed_count, 0) as landed_count,
        coalesce(counted.later_count, 0) as later_count,
        coalesce(counted.quarantined_count, 0) as quarantined_count,
        coalesce(counted.superseded_count, 0) as superseded_count,
        coalesce(counted.deleted_count, 0) as deleted_count,
        coalesce(counted.staged_count, 0) as staged_count
    from landed_tables
    full outer join counted
        on
            landed_tables.source_name = counted.source_name
            and landed_tables.table_name = counted.table_name
)

select * from fct_row_conservation
