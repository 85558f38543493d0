{% macro prorated_sum(amount, share, whole, common, scale=2) -%}
  {%- set widened = integer_quotient(scaled_integer(common, 0), scaled_integer(whole, 0)) -%}
  {%- set above = 'sum(' ~ scaled_integer(amount, 2) ~ ' * ' ~ scaled_integer(share, 6) ~ ' * ' ~ widened ~ ')' -%}
  {%- set below = '(' ~ scaled_integer('max(' ~ common ~ ')', 0) ~ ' * ' ~ scaled_integer(10 ** (8 - scale), 0) ~ ')' -%}
  {{ return(rounded_quotient(above, below, scale)) }}
{%- endmacro %}
