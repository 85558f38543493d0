{% macro seconds_between(first, last) -%}
  {{ return(adapter.dispatch('seconds_between')(first, last)) }}
{%- endmacro %}


{% macro duckdb__seconds_between(first, last) -%}
  {#- `date_sub` counts whole seconds that went by, where `date_diff` counts the ends of seconds passed. -#}
  {{ return("cast(date_sub('second', " ~ first ~ ', ' ~ last ~ ') as bigint)') }}
{%- endmacro %}


{% macro spark__seconds_between(first, last) -%}
  {{ return('timestampdiff(second, ' ~ first ~ ', ' ~ last ~ ')') }}
{%- endmacro %}
