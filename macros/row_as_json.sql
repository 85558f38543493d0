{% macro row_as_json(alias) -%}
  {{ return(adapter.dispatch('row_as_json')(alias)) }}
{%- endmacro %}


{% macro duckdb__row_as_json(alias) -%}
  {{ return('cast(to_json(' ~ alias ~ ') as varchar)') }}
{%- endmacro %}


{% macro spark__row_as_json(alias) -%}
  {{ return('to_json(struct(' ~ alias ~ ".*), map('ignoreNullFields', 'false'))") }}
{%- endmacro %}
