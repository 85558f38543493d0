{% macro scaled_integer(number, digits) -%}
  {{ return(adapter.dispatch('scaled_integer')(number, digits)) }}
{%- endmacro %}


{% macro duckdb__scaled_integer(number, digits) -%}
  {%- set decimal = 'cast(' ~ number ~ ' as decimal(38, ' ~ digits ~ '))' -%}
  {{ return('cast(' ~ decimal ~ ' * ' ~ 10 ** digits ~ ' as hugeint)' if digits else 'cast(' ~ number ~ ' as hugeint)') }}
{%- endmacro %}


{% macro spark__scaled_integer(number, digits) -%}
  {{ return('cast(cast(' ~ number ~ ' as decimal(38, ' ~ digits ~ ')) * ' ~ 10 ** digits ~ ' as decimal(38, 0))') }}
{%- endmacro %}
