{% macro register_ledger() -%}
  {%- if execute -%}
    {%- set folder = absolute_path(env_var('QUOTAMART_LEDGER', 'ledger')) -%}
    {%- for table in graph.sources.values() if table.source_name == 'ledger' -%}
      {%- do adapter.dispatch('register_ledger_table')(table, folder) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}


{% macro ledger_file(table) -%}
  {{ return({'ledger_lines': 'lines.parquet', 'ledger_closes': 'close.json'}[table.name]) }}
{%- endmacro %}


{% macro ledger_relation(table) -%}
  {{ return(adapter.quote(table.schema) ~ '.' ~ adapter.quote(table.identifier)) }}
{%- endmacro %}


{% macro ledger_columns(table, sequence) -%}
  {#- The folder's name begins with the number of the close; close.json calls its own hash just that. -#}
  {%- set stored = {'sequence': sequence, 'close_hash': adapter.quote('hash')} -%}
  {%- set columns = [] -%}
  {%- for column in table.columns.values() -%}
    {%- set name = adapter.quote(column.name) -%}
    {%- do columns.append('cast(' ~ stored.get(column.name, name) ~ ' as ' ~ column.data_type ~ ') as ' ~ name) -%}
  {%- endfor -%}
  {{ return(columns | join(', ')) }}
{%- endmacro %}


{% macro ledger_file_types(table) -%}
  {#- JSON has no dates and decimals: text and whole numbers are read, and cast by the view. -#}
  {%- set types = {} -%}
  {%- for column in table.columns.values() if column.name != 'sequence' -%}
    {%- set is_text = ledger_file(table) == 'close.json' and column.data_type not in ('int', 'bigint') -%}
    {%- do types.update({'hash' if column.name == 'close_hash' else column.name: 'string' if is_text else column.data_type}) -%}
  {%- endfor -%}
  {{ return(types) }}
{%- endmacro %}


{% macro duckdb__register_ledger_table(table, folder) -%}
  {#- The list is fixed here: a period that is closed while the build runs is seen by the next build, whole. -#}
  {%- set pattern = (folder ~ '/[0-9]*-*/' ~ ledger_file(table)).replace("'", "''") -%}
  {%- set files = [] -%}
  {%- for file in run_query("select file from glob('" ~ pattern ~ "') order by file").columns[0].values() -%}
    {%- do files.append("'" ~ file.replace("'", "''") ~ "'") -%}
  {%- endfor -%}
  {%- set nulls = [] -%}
  {%- set types = [] -%}
  {%- for name, data_type in ledger_file_types(table).items() -%}
    {%- do nulls.append('cast(null as ' ~ data_type ~ ') as ' ~ adapter.quote(name)) -%}
    {%- do types.append("'" ~ name ~ "': '" ~ data_type ~ "'") -%}
  {%- endfor -%}
  {%- do run_query('create schema if not exists ' ~ adapter.quote(table.schema)) -%}
  {%- call statement('register', auto_begin=false) %}
    create or replace view {{ ledger_relation(table) }} as
    select {{ ledger_columns(table, 'left(parse_filename(parse_dirpath(filename)), 6)') }}
    from (
      select {{ nulls | join(', ') }}, cast(null as varchar) as filename
      where false
      {%- if files %}
      union all by name
      {%- if ledger_file(table) == 'close.json' %}
      select * from read_json([{{ files | join(', ') }}], columns = {{ '{' ~ types | join(', ') ~ '}' }}, filename = true, hive_partitioning = false)
      {%- else %}
      select * from read_parquet([{{ files | join(', ') }}], union_by_name = true, filename = true, hive_partitioning = false)
      {%- endif %}
      {%- endif %}
    )
  {%- endcall -%}
{%- endmacro %}


{% macro spark__register_ledger_table(table, folder) -%}
  {#- Spark passes over names that begin with a dot, so over a close that is not committed. -#}
  {%- set files = adapter.quote(table.schema) ~ '.' ~ adapter.quote(table.identifier ~ '__files') -%}
  {%- set columns = [] -%}
  {%- for name, data_type in ledger_file_types(table).items() -%}
    {%- do columns.append(adapter.quote(name) ~ ' ' ~ data_type) -%}
  {%- endfor -%}
  {%- set form = "json options (multiLine 'true', " if ledger_file(table) == 'close.json' else 'parquet options (' -%}
  {%- do run_query('create schema if not exists ' ~ adapter.quote(table.schema)) -%}
  {%- do run_query('drop table if exists ' ~ files) -%}
  {%- do run_query(
    'create table ' ~ files ~ ' (' ~ columns | join(', ') ~ ') using ' ~ form
    ~ "recursiveFileLookup 'true', pathGlobFilter '" ~ ledger_file(table) ~ "') location '" ~ folder.replace("'", "\\'") ~ "'"
  ) -%}
  {%- do run_query(
    'create or replace view ' ~ ledger_relation(table) ~ ' as select '
    ~ ledger_columns(table, "substring(element_at(split(_metadata.file_path, '/'), -2), 1, 6)") ~ ' from ' ~ files
  ) -%}
{%- endmacro %}
