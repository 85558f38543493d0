{% macro days_later(day, count) -%}
  {{ return(adapter.dispatch('days_later')(day, count)) }}
{%- endmacro %}


{% macro duckdb__days_later(day, count) -%}
  {{ return('(' ~ day ~ ' + cast(' ~ count ~ ' as integer))') }}
{%- endmacro %}


{% macro spark__days_later(day, count) -%}
  {{ return('date_add(' ~ day ~ ', cast(' ~ count ~ ' as int))') }}
{%- endmacro %}
