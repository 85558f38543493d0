{% macro reversed_amount(amount) -%}
  {%- set parts = [] -%}
  {%- for reversed in ['reversed_before', 'reversed_to_date'] -%}
    {%- do parts.append(money_share(
      amount, times=[['reversals.' ~ reversed, 2]], over=[['reversals.event_amount', 2]], minor_unit_digits='lines.minor_unit_digits'
    )) -%}
  {%- endfor -%}
  {{ return('cast(' ~ parts | join(' - ') ~ ' as decimal(18, 2))') }}
{%- endmacro %}
