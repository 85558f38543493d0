{% macro amount_under_cap(amount) -%}
  {#- The total under the cap with the amount, less that without it: what comes off a total that runs over costs nothing. -#}
  {{ return(
    'cast(case when cap_amount is null then ' ~ amount
    ~ ' else least(cap_amount, used_before + ' ~ amount ~ ') - least(cap_amount, used_before) end as decimal(18, 2))'
  ) }}
{%- endmacro %}
