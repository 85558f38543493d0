{% macro days_between(first_day, last_day) -%}
  {{ return(adapter.dispatch('days_between')(first_day, last_day)) }}
{%- endmacro %}


{% macro duckdb__days_between(first_day, last_day) -%}
  {{ return("cast(date_diff('day', " ~ first_day ~ ', ' ~ last_day ~ ') as integer)') }}
{%- endmacro %}


{% macro spark__days_between(first_day, last_day) -%}
  {{ return('datediff(' ~ last_day ~ ', ' ~ first_day ~ ')') }}
{%- endmacro %}
