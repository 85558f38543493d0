{% macro absolute_path(path) -%}
  {{ return(path if path.startswith('/') else invocation_args_dict.project_dir ~ '/' ~ path) }}
{%- endmacro %}
