{% macro smoothed_rate(hits, tries, prior_rate, prior_count) -%}
  {%- set above = '(' ~ scaled_integer(hits, 6) ~ ' + ' ~ exact_product([[prior_rate, 6], [prior_count, 0]]) ~ ')' -%}
  {%- set below = '(' ~ scaled_integer(tries, 0) ~ ' + ' ~ scaled_integer(prior_count, 0) ~ ')' -%}
  {{ return(rounded_quotient(above, below, 6)) }}
{%- endmacro %}
