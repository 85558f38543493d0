{% macro refuse_mistaken_vars() -%}
  {#- Without this a mistyped entity is an empty mart, and a table that nobody counts only a difference of two counts. -#}
  {%- set entities = [] -%}
  {%- for node in graph.nodes.values() if node.name.startswith('input_') -%}
    {%- do entities.append(node.name[6:]) -%}
  {%- endfor -%}
  {%- set in_use = [] -%}
  {%- for entity, source_systems in lists_of('adapters').items() -%}
    {%- if entity not in entities -%}
      {%- do exceptions.raise_compiler_error(
        "var adapters names the entity '" ~ entity ~ "', which does not exist. Entities: " ~ entities | sort | join(', ')
      ) -%}
    {%- endif -%}
    {%- do in_use.extend(source_systems or []) -%}
  {%- endfor -%}
  {%- for table in graph.sources.values() if table.source_name in in_use -%}
    {%- if table.name not in (lists_of('landed_tables').get(table.source_name) or []) -%}
      {%- do exceptions.raise_compiler_error(
        "the source " ~ table.source_name ~ " is in use (var adapters) and the var landed_tables does not name its table "
        ~ table.name ~ ", so its rows would not be counted: add `" ~ table.source_name ~ ": [" ~ table.name ~ "]`"
      ) -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}
