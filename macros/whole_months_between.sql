{% macro whole_months_between(first_day, last_day) -%}
  {#- Calendar months first, one less where that anniversary (the last day of a shorter month) is not yet reached. -#}
  {%- set calendar_months = '((year(' ~ last_day ~ ') - year(' ~ first_day ~ ')) * 12 + month(' ~ last_day ~ ') - month(' ~ first_day ~ '))' -%}
  {{ return('(' ~ calendar_months ~ ' - case when ' ~ months_later(first_day, calendar_months) ~ ' > ' ~ last_day ~ ' then 1 else 0 end)') }}
{%- endmacro %}
