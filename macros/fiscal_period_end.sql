{% macro fiscal_period_end(day, period_type) -%}
  {%- set months = "case " ~ period_type ~ " when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end" -%}
  {{ return('last_day(' ~ months_later(fiscal_period_start(day, period_type), months ~ ' - 1') ~ ')') }}
{%- endmacro %}
