{% macro choice(name, allowed) -%}
  {%- if var(name) not in allowed -%}
    {%- do exceptions.raise_compiler_error("var " ~ name ~ " is '" ~ var(name) ~ "'; it must be one of: " ~ allowed | join(', ')) -%}
  {%- endif -%}
  {{ return(var(name)) }}
{%- endmacro %}
