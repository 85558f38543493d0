{% macro matches(text, pattern) -%}
  {{ return(adapter.dispatch('matches')(text, pattern)) }}
{%- endmacro %}


{% macro duckdb__matches(text, pattern) -%}
  {{ return('regexp_matches(' ~ text ~ ", '" ~ pattern ~ "')") }}
{%- endmacro %}


{% macro spark__matches(text, pattern) -%}
  {{ return(text ~ " rlike '" ~ pattern ~ "'") }}
{%- endmacro %}
