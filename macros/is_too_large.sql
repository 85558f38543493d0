{% macro is_too_large(number) -%}
  {#- Sums and products must still find room in decimal(18, 2). What is no number at all counts as larger than any. -#}
  {{ return('(' ~ number ~ ' <= -' ~ var('plausible_numbers_below') ~ ' or ' ~ number ~ ' >= ' ~ var('plausible_numbers_below') ~ ')') }}
{%- endmacro %}
