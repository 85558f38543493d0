{% macro amount_from_minor_units(minor_units, digits, scale=2) -%}
  {{ prorated(minor_units, '1', "case " ~ digits ~ " when 0 then 1 when 2 then 100 end", scale) }}
{%- endmacro %}
