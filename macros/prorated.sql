{% macro prorated(amount, share='1', whole='1', scale=2, times=none) -%}
  {%- set above = scaled_integer(amount, 6) ~ ' * ' ~ scaled_integer(share, 10) -%}
  {%- set below = scaled_integer(whole, 10) -%}
  {%- if scale > 6 -%}
    {%- set above = above ~ ' * ' ~ scaled_integer(10 ** (scale - 6), 0) -%}
  {%- else -%}
    {%- set below = below ~ ' * ' ~ scaled_integer(10 ** (6 - scale), 0) -%}
  {%- endif -%}
  {%- if times is not none -%}
    {%- set above = above ~ ' * ' ~ scaled_integer(times, 6) -%}
    {%- set below = below ~ ' * ' ~ scaled_integer(10 ** 6, 0) -%}
  {%- endif -%}
  {{ return(rounded_quotient(above, below, scale)) }}
{%- endmacro %}
