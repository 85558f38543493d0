{% macro fiscal_period_start(day, period_type) -%}
  {%- set months = "case " ~ period_type ~ " when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end" -%}
  {%- set past_months = 'mod(month(' ~ day ~ ') - ' ~ var('fiscal_year_start_month') ~ ' + 12, ' ~ months ~ ')' -%}
  {{ return(months_later(month_start(day), '-' ~ past_months)) }}
{%- endmacro %}
