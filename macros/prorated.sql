{% macro prorated(amount, share='1', whole='1', scale=2) -%}
  {%- set above = scaled_integer(amount, 6) ~ ' * ' ~ scaled_integer(share, 10) -%}
  {%- set below = scaled_integer(whole, 10) ~ ' * ' ~ scaled_integer(10 ** (6 - scale), 0) -%}
  {{ return(adapter.dispatch('rounded_quotient')(above, below, scale)) }}
{%- endmacro %}
