{% macro win_variance(amount, probability) -%}
  {%- set above = exact_product([[probability, 6], ['1 - ' ~ probability, 6], [amount, 2], [amount, 2]]) -%}
  {{ return(integer_quotient(above, scaled_integer(10 ** 16, 0))) }}
{%- endmacro %}
