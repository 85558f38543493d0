{% macro plausible_dates() -%}
  {#- A base model and its unit tests stand in the folder of their source. -#}
  {%- set own = (var('plausible_dates') or {}).get(model.original_file_path.split('/')[-2], {}) -%}
  {{ return({
    'from': own.get('from', var('plausible_from')),
    'years_ahead': own.get('years_ahead', var('plausible_years_ahead')),
  }) }}
{%- endmacro %}
