{% macro salesforce_id(id) -%}
{#- Each block of five is one character more: the number whose bit i is set when character i is an upper case letter. -#}
case when length({{ id }}) = 15 then {{ id }}
{%- for start in [1, 6, 11] %} || substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1
    {%- for place in range(5) %}
    + case when ascii(substr({{ id }}, {{ start + place }}, 1)) between 65 and 90 then {{ 2 ** place }} else 0 end
    {%- endfor %}, 1)
{%- endfor %} else {{ id }} end
{%- endmacro %}
