{% macro exact_product(factors) -%}
  {%- set integers = [] -%}
  {%- for factor, digits in factors -%}
    {%- do integers.append(scaled_integer(factor, digits)) -%}
  {%- endfor -%}
  {{ return('(' ~ integers | join(' * ') ~ ')') }}
{%- endmacro %}
