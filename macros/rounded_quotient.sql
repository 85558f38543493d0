{% macro rounded_quotient(above, below, scale) -%}
  {{ return(adapter.dispatch('rounded_quotient')(above, below, scale)) }}
{%- endmacro %}


{% macro duckdb__rounded_quotient(above, below, scale) -%}
  {{ return(
    'cast(cast(sign(' ~ above ~ ') * sign(' ~ below ~ ') * ((2 * abs(' ~ above ~ ') + abs(' ~ below ~ ')) // nullif(2 * abs(' ~ below ~ '), 0)) '
    ~ 'as decimal(28, 0)) * cast(' ~ one_unit(scale) ~ ' as decimal(' ~ (scale + 1) ~ ', ' ~ scale ~ ')) as decimal(18, ' ~ scale ~ '))'
  ) }}
{%- endmacro %}


{% macro spark__rounded_quotient(above, below, scale) -%}
  {{ return(
    'cast(cast(sign(' ~ above ~ ') * sign(' ~ below ~ ') * ((2 * abs(' ~ above ~ ') + abs(' ~ below ~ ')) div nullif(2 * abs(' ~ below ~ '), 0)) '
    ~ 'as decimal(26, 0)) * cast(' ~ one_unit(scale) ~ ' as decimal(' ~ (scale + 1) ~ ', ' ~ scale ~ ')) as decimal(18, ' ~ scale ~ '))'
  ) }}
{%- endmacro %}


{% macro one_unit(scale) -%}
  {{ return('0.' ~ '0' * (scale - 1) ~ '1' if scale else '1') }}
{%- endmacro %}
