{% macro qualtrics_scale_tag(selector, export_tag) -%}
{#- The layout NPS is the 0 to 10 recommendation question, whatever it is tagged with. -#}
case when {{ selector }} = 'NPS' then 'NPS' else upper(trim({{ export_tag }})) end
{%- endmacro %}
