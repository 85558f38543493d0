{% macro fitted_parts(relation, columns, partition_by, whole, above, below, tie_breaker, share, minor_unit_digits='2') -%}
  {#- Each part is its exact fraction rounded down; what the rounded whole has over goes to the largest fractions. -#}
  {%- set unit = 'case ' ~ minor_unit_digits ~ ' when 2 then 1 when 0 then 100 end' -%}
  {%- set window = 'partition by ' ~ partition_by | join(', ') -%}
  {%- set fitted_units = 'case when part_rank <= part_left_over_cents then part_floor_cents + 1 else part_floor_cents end' -%}
  select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    cast(
        cast((case when {{ whole }} < 0 then -1 else 1 end) * ({{ fitted_units }}) * {{ unit }} as decimal(28, 0))
        * cast(0.01 as decimal(3, 2)) as decimal(18, 2)
    ) as {{ share }}
  from (
    select
        *,
        {{ integer_quotient(scaled_integer('abs(' ~ whole ~ ')', 2), unit) }} - sum(part_floor_cents) over ({{ window }}) as part_left_over_cents,
        row_number() over ({{ window }} order by part_fraction desc, {{ tie_breaker }}) as part_rank
    from (
        select
            *,
            abs({{ above }}) - part_floor_cents * abs({{ below }}) * {{ unit }} as part_fraction
        from (
            select
                *,
                {{ integer_quotient('abs(' ~ above ~ ')', 'abs(' ~ below ~ ') * ' ~ unit) }} as part_floor_cents
            from {{ relation }}
        ) as floored
    ) as measured
  ) as ranked
{%- endmacro %}
