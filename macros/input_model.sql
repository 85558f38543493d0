{% macro input_model(entity) -%}
{%- set adapters = lists_of('adapters').get(entity) or [] -%}
{%- for source_system in adapters %}
{%- set adapted = source_system ~ '__' ~ entity %}
select
    {#- Qualified, so that a column which the adapter lacks is named as missing there. #}
    {%- for column in model.columns.values() %}
    cast({{ adapted }}.{{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
    {%- else %}
    *
    {%- endfor %}
from {{ ref(adapted) }} as {{ adapted }}
{% if not loop.last %}union all{% endif %}
{%- else %}
select
    {%- for column in model.columns.values() %}
    cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
    {%- else %}
    1 as no_columns_while_parsing
    {%- endfor %}
where 1 = 0
{%- endfor %}
{%- endmacro %}
