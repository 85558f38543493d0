{% macro largest_remainder(relation, columns, partition_by, whole, weight, tie_breaker, share, weight_digits=2, minor_unit_digits='2') -%}
  {#- In minor units: every row gets its rounded-down share, the units left over go to the largest fractions. -#}
  {%- set unit = 'case ' ~ minor_unit_digits ~ ' when 2 then 1 when 0 then 100 end' if minor_unit_digits != '2' else '1' -%}
  {%- set whole_cents = scaled_integer(whole, 2) -%}
  {%- if unit != '1' -%}
    {%- set whole_cents = integer_quotient(whole_cents, unit) -%}
  {%- endif -%}
  {%- set weight_cents = scaled_integer(weight, weight_digits) -%}
  {%- set window = 'partition by ' ~ partition_by | join(', ') -%}
  select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    cast(
        (case
            when remainder_rank <= left_over_cents then floor_cents + 1
            else floor_cents
        end){{ ' * ' ~ unit if unit != '1' }} as decimal(28, 0)
    ) * cast(0.01 as decimal(3, 2)) as {{ share }}
  from (
    select
        *,
        whole_cents - sum(floor_cents) over ({{ window }}) as left_over_cents,
        row_number() over ({{ window }} order by fraction desc, {{ tie_breaker }}) as remainder_rank
    from (
        select
            *,
            coalesce({{ integer_quotient('whole_cents * weight_cents', 'total_cents') }}, 0) as floor_cents,
            coalesce(
                whole_cents * weight_cents - total_cents * {{ integer_quotient('whole_cents * weight_cents', 'total_cents') }}, 0
            ) as fraction
        from (
            select
                *,
                {{ whole_cents }} as whole_cents,
                {{ weight_cents }} as weight_cents,
                sum({{ weight_cents }}) over ({{ window }}) as total_cents
            from {{ relation }}
        ) as weighed
    ) as floored
  ) as ranked
{%- endmacro %}
