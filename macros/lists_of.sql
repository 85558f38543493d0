{% macro lists_of(name) -%}
  {#- A text is a list of letters to Jinja: `accounts: salesforce` would look for an adapter called `s`. -#}
  {%- for key, values in var(name).items() if values is string -%}
    {%- do exceptions.raise_compiler_error(
      "var " ~ name ~ " gives '" ~ key ~ "' a text where a list belongs: write `" ~ key ~ ": [" ~ values ~ "]`"
    ) -%}
  {%- endfor -%}
  {{ return(var(name)) }}
{%- endmacro %}
