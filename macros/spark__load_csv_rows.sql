{% macro spark__load_csv_rows(model, agate_table) -%}
  {#- dbt-spark's own writes an empty field as the text 'None', and a quote in a text ends the statement. -#}
  {%- set types = model['config'].get('column_types', {}) -%}
  {%- set statements = [] -%}
  {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
    {%- set rows = [] -%}
    {%- for row in chunk -%}
      {%- set fields = [] -%}
      {%- for name in agate_table.column_names -%}
        {%- set value = row[loop.index0] -%}
        {%- set text = 'null' if value is none else "'" ~ value | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'" -%}
        {%- do fields.append('cast(' ~ text ~ ' as ' ~ types.get(name, adapter.convert_type(agate_table, loop.index0)) ~ ')') -%}
      {%- endfor -%}
      {%- do rows.append('(' ~ fields | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set statement = 'insert into ' ~ this.render() ~ ' values\n' ~ rows | join(',\n') -%}
    {%- do adapter.add_query(statement, abridge_sql_log=true) -%}
    {%- do statements.append(statement) -%}
  {%- endfor -%}
  {{ return(statements[0]) }}
{%- endmacro %}
