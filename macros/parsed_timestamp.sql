{% macro parsed_timestamp(text) -%}
  case when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$') }} then {{ adapter.dispatch('parsed_timestamp')(text) }} end
{%- endmacro %}


{% macro duckdb__parsed_timestamp(text) -%}
  {{ return('cast(try_cast(' ~ text ~ ' as timestamptz) as timestamp)') }}
{%- endmacro %}


{% macro spark__parsed_timestamp(text) -%}
  {{ return('try_cast(' ~ text ~ ' as timestamp)') }}
{%- endmacro %}
