{% macro week_known(day, as_of_on) -%}
  least({{ days_later('cast(date_trunc(\'week\', ' ~ day ~ ') as date)', 6) }}, {{ as_of_on }})
{%- endmacro %}
