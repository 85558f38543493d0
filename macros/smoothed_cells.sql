{% macro smoothed_cells(relation, day, levels, tries, hits, settings) -%}
  {%- set columns = levels | sum(start=[]) -%}
  {%- set sums = [] -%}
  {%- for _ in range(levels | length + 1) -%}
    {%- set partition = ([day] + (levels[:loop.index0] | sum(start=[]))) | join(', ') -%}
    {%- do sums.append('cast(sum(' ~ tries ~ ') over (partition by ' ~ partition ~ ') as bigint) as tries_' ~ loop.index0) -%}
    {%- do sums.append('cast(sum(' ~ hits ~ ') over (partition by ' ~ partition ~ ') as bigint) as hits_' ~ loop.index0) -%}
  {%- endfor -%}
  {%- set steps = namespace(sql='select ' ~ relation ~ '.*, ' ~ settings ~ '.prior_win_rate as rate_before, ' ~ settings ~ '.prior_count, '
    ~ sums | join(', ') ~ ' from ' ~ relation ~ ' cross join ' ~ settings) -%}
  {%- for _ in range(levels | length + 1) -%}
    {%- set prior = 'rate_' ~ (loop.index0 - 1) if loop.index0 else 'rate_before' -%}
    {%- set rate = smoothed_rate('hits_' ~ loop.index0, 'tries_' ~ loop.index0, prior, 'prior_count') -%}
    {%- set steps.sql = 'select *, ' ~ rate ~ ' as rate_' ~ loop.index0 ~ ' from (' ~ steps.sql ~ ') as level_' ~ loop.index0 -%}
  {%- endfor -%}
  select
    {{ day }},
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    {{ tries }},
    {{ hits }},
    tries_0 as known_count,
    rate_0 as base_rate,
    rate_{{ levels | length }} as win_probability
  from ({{ steps.sql }}) as smoothed
{%- endmacro %}
