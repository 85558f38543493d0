{% macro json_text(document, key) -%}
  {{ return(adapter.dispatch('json_text')(document, key)) }}
{%- endmacro %}


{% macro duckdb__json_text(document, key) -%}
  {{ return("case when json_valid(" ~ document ~ ") then json_extract_string(" ~ document ~ ", '$." ~ key ~ "') end") }}
{%- endmacro %}


{% macro spark__json_text(document, key) -%}
  {{ return("get_json_object(" ~ document ~ ", '$." ~ key ~ "')") }}
{%- endmacro %}
