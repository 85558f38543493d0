{% macro months_later(day, count) -%}
  {{ return(adapter.dispatch('months_later')(day, count)) }}
{%- endmacro %}


{% macro duckdb__months_later(day, count) -%}
  {{ return('cast(' ~ day ~ ' + to_months(cast(' ~ count ~ ' as integer)) as date)') }}
{%- endmacro %}


{% macro spark__months_later(day, count) -%}
  {{ return('add_months(' ~ day ~ ', cast(' ~ count ~ ' as int))') }}
{%- endmacro %}
