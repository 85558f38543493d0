{% macro integer_quotient(above, below) -%}
  {{ return(adapter.dispatch('integer_quotient')(above, below)) }}
{%- endmacro %}


{% macro duckdb__integer_quotient(above, below) -%}
  {{ return('((' ~ above ~ ') // nullif(' ~ below ~ ', 0))') }}
{%- endmacro %}


{% macro spark__integer_quotient(above, below) -%}
  {{ return('((' ~ above ~ ') div nullif(' ~ below ~ ', 0))') }}
{%- endmacro %}
