{% macro register_landing() -%}
  {%- if execute -%}
    {%- do refuse_mistaken_vars() -%}
    {%- set declared = graph.sources.values() | rejectattr('source_name', 'in', ['landing', 'ledger']) | list -%}
    {%- for table in declared -%}
      {%- do adapter.dispatch('register_landed_table')(table, landing_folder() ~ '/' ~ table.source_name ~ '/' ~ table.name) -%}
    {%- endfor -%}
    {%- do adapter.dispatch('register_landed_table')(
      graph.sources.values() | selectattr('name', 'equalto', 'landed_files') | first,
      absolute_path(env_var('QUOTAMART_WAREHOUSE', 'warehouse')) ~ '/landed_files'
    ) -%}
    {#- One relation over all tables, so that as_of and the row counts need no list of tables. -#}
    {%- do run_query('create or replace view landing.landed_tables as ' ~ landed_tables_query(declared)) -%}
  {%- endif -%}
{%- endmacro %}


{% macro landed_tables_query(declared) -%}
  {%- for table in declared %}
    select
      '{{ table.source_name }}' as source_name, '{{ table.name }}' as table_name,
      count(*) as landed_count, max(_fivetran_synced) as latest_synced_at
    from {{ landed_relation(table) }}
    {%- if not loop.last %} union all {% endif -%}
  {%- endfor -%}
{%- endmacro %}


{% macro landed_relation(table) -%}
  {{ adapter.quote(table.schema) }}.{{ adapter.quote(table.identifier) }}
{%- endmacro %}


{% macro declared_columns(table) -%}
  {%- set columns = [] -%}
  {%- for column in table.columns.values() -%}
    {%- do columns.append(adapter.quote(column.name) ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}


{% macro duckdb__register_landed_table(table, folder) -%}
  {#- Temporary files of connectors begin with a dot or an underscore; Spark passes over both. -#}
  {%- set pattern = (folder ~ '/[!._]*.parquet').replace("'", "''") -%}
  {#- The list is fixed here: a batch that lands while the build runs is seen by the next build, whole. -#}
  {%- set files = [] -%}
  {%- for file in run_query("select file from glob('" ~ pattern ~ "') order by file").columns[0].values() -%}
    {%- do files.append("'" ~ file.replace("'", "''") ~ "'") -%}
  {%- endfor -%}
  {%- do run_query('create schema if not exists ' ~ adapter.quote(table.schema)) -%}
  {%- set names = [] -%}
  {%- set nulls = [] -%}
  {%- for column in table.columns.values() -%}
    {%- do names.append('cast(' ~ adapter.quote(column.name) ~ ' as ' ~ column.data_type ~ ') as ' ~ adapter.quote(column.name)) -%}
    {%- do nulls.append('cast(null as ' ~ column.data_type ~ ') as ' ~ adapter.quote(column.name)) -%}
  {%- endfor -%}
  {%- call statement('register', auto_begin=false) %}
    create or replace view {{ landed_relation(table) }} as
    select {{ names | join(', ') }}, parse_filename(filename) as _file, file_row_number as _row
    from (
      select {{ nulls | join(', ') }}, cast(null as varchar) as filename, cast(null as bigint) as file_row_number
      where false
      {%- if files %}
      union all by name
      select * from read_parquet(
        [{{ files | join(', ') }}], union_by_name = true, filename = true, file_row_number = true, hive_partitioning = false
      )
      {%- endif %}
    )
  {%- endcall -%}
{%- endmacro %}


{% macro spark__register_landed_table(table, folder) -%}
  {%- set files = adapter.quote(table.schema) ~ '.' ~ adapter.quote(table.identifier ~ '__files') -%}
  {%- do run_query('create schema if not exists ' ~ adapter.quote(table.schema)) -%}
  {%- do run_query('drop table if exists ' ~ files) -%}
  {%- do run_query(
    'create table ' ~ files ~ ' (' ~ declared_columns(table) | join(', ') ~ ") using parquet location '" ~ folder.replace("'", "\\'") ~ "'"
  ) -%}
  {%- set names = [] -%}
  {%- for column in table.columns.values() -%}{%- do names.append(adapter.quote(column.name)) -%}{%- endfor -%}
  {%- do run_query(
    'create or replace view ' ~ landed_relation(table) ~ ' as select ' ~ names | join(', ')
    ~ ', _metadata.file_name as _file, _metadata.row_index as _row from ' ~ files
  ) -%}
{%- endmacro %}
