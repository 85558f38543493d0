{% macro is_implausible(time) -%}
  {#- Typing errors in years: 0201, 2205. The bounds are vars; the later one counts from the row's arrival, not from a clock. -#}
  {{ return(
    '(cast(' ~ time ~ " as date) < cast('" ~ var('plausible_from') ~ "' as date) or cast(" ~ time ~ ' as date) > '
    ~ months_later('cast(landed._fivetran_synced as date)', 12 * var('plausible_years_ahead')) ~ ')'
  ) }}
{%- endmacro %}
