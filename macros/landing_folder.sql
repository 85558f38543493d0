{% macro landing_folder() -%}
  {{ return(absolute_path(env_var('QUOTAMART_LANDING', 'landing'))) }}
{%- endmacro %}
