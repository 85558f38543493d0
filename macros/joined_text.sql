{% macro joined_text(text) -%}
  {{ return(adapter.dispatch('joined_text')(text)) }}
{%- endmacro %}


{% macro duckdb__joined_text(text) -%}
  {{ return("string_agg(" ~ text ~ ", '|' order by " ~ text ~ ")") }}
{%- endmacro %}


{% macro spark__joined_text(text) -%}
  {{ return("array_join(sort_array(collect_list(" ~ text ~ ")), '|')") }}
{%- endmacro %}
