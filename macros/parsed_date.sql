{% macro parsed_date(text) -%}
  {#- ISO only: 03/04/2026 is a different day on each side of the Atlantic. -#}
  case when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }} then try_cast({{ text }} as date) end
{%- endmacro %}
