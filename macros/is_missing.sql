{% macro is_missing(text) -%}
  {#- A CSV file has no null: what is not there is an empty text. -#}
  {{ return("coalesce(trim(" ~ text ~ "), '') = ''") }}
{%- endmacro %}
