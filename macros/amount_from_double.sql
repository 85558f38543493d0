{% macro amount_from_double(number) -%}
  {#- By way of the shortest text: a double times 100 is a hair off the cent, and each engine rounds it its own way. -#}
  cast(cast({{ number }} as string) as decimal(18, 2))
{%- endmacro %}
