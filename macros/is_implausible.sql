{% macro is_implausible(time) -%}
  {#- Typing errors in years: 0201, 2205. The later bound counts from the row's arrival, not from a clock. -#}
  {%- set window = plausible_dates() -%}
  {{ return(
    '(cast(' ~ time ~ " as date) < cast('" ~ window.from ~ "' as date) or cast(" ~ time ~ ' as date) > '
    ~ months_later('cast(landed._fivetran_synced as date)', 12 * window.years_ahead) ~ ')'
  ) }}
{%- endmacro %}
