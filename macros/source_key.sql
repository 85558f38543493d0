{% macro source_key(source_system, native_id) -%}
  '{{ source_system }}:' || {{ native_id }}
{%- endmacro %}
