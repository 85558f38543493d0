{% macro money_quotient(above, below, minor_unit_digits='2') -%}
  {#- A currency without a smaller unit is counted in hundreds of a hundredth. -#}
  {%- set unit = 'case ' ~ minor_unit_digits ~ ' when 2 then 1 when 0 then 100 end' -%}
  {{ return(
    'cast(' ~ rounded_quotient('(' ~ above ~ ')', '(' ~ below ~ ' * ' ~ unit ~ ')', 2) ~ ' * ' ~ unit ~ ' as decimal(18, 2))'
  ) }}
{%- endmacro %}
