{% macro padded_union(columns, relations) -%}
  {%- for name, present in relations.items() %}
    select
      {%- for column, data_type in columns.items() %}
      cast({{ column if column in present else 'null' }} as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
      {%- endfor %}
    from {{ ref(name) }}
    {% if not loop.last %}union all{% endif %}
  {%- endfor %}
{%- endmacro %}
