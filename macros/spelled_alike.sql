{% macro spelled_alike(text) -%}
  nullif(lower(trim({{ text }})), '')
{%- endmacro %}
