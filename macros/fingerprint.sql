{% macro fingerprint(values) -%}
  {%- set texts = [] -%}
  {%- for value in values -%}
    {%- do texts.append("coalesce(cast(" ~ value ~ " as string), '')") -%}
  {%- endfor -%}
  {{ return("md5(concat_ws('|', " ~ texts | join(', ') ~ '))') }}
{%- endmacro %}
