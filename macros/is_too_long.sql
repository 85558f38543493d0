{% macro is_too_long(count, unit) -%}
  {{ return(count ~ ' > ' ~ {'days': 366, 'months': 12}[unit] * plausible_dates().years_ahead) }}
{%- endmacro %}
