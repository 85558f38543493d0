{% macro filled_cap(relation, scope, period_type) -%}
  {%- set keys = {
      'component': ['payee_id', 'plan_code', 'component_code'],
      'plan': ['payee_id', 'plan_code'],
      'payee': ['payee_id'],
  }[scope] -%}
  {#- What a scope leaves over is what the next one starts from. -#}
  {%- set reached = namespace(scope=false) -%}
  {%- set period = 'partition by ' ~ keys | join(', ') ~ ', cap_period_start order by earned_on, basis_key, component_code' -%}
  select
    {%- for column in ['payee_id', 'component_code', 'basis_key', 'plan_code', 'earned_on'] %}
    {{ column }},
    {%- endfor %}
    {%- for later_scope in ['component', 'plan', 'payee'] %}
    {%- if later_scope == scope %}{%- set reached.scope = true -%}{%- endif %}
    {{ amount_under_cap('after_payee_cap_amount') ~ ' as ' if reached.scope }}after_{{ later_scope }}_cap_amount,
    {%- endfor %}
    {%- for amount in ['kept_amount', 'used_amount'] %}
    {{ amount_under_cap(amount) }} as {{ amount }},
    {%- endfor %}
    rooms || case
        when cap_amount is null then ''
        else '|' || cast(cast(cap_amount - least(cap_amount, used_before) as decimal(18, 2)) as string)
    end as rooms
  from (
    select
        *,
        sum(used_amount) over ({{ period }} rows unbounded preceding) - used_amount as used_before
    from (
        select
            lines.*,
            caps.cap_amount,
            {{ fiscal_period_start('lines.earned_on', "'" ~ period_type ~ "'") }} as cap_period_start
        from {{ relation }} as lines
        left join caps
            on
                caps.cap_scope = '{{ scope }}'
                and caps.period_type = '{{ period_type }}'
                {%- for key in keys if key != 'payee_id' or scope == 'payee' %}
                and lines.{{ key }} = caps.{{ key }}
                {%- endfor %}
                and lines.earned_on >= caps.holds_from
                and (caps.holds_to is null or lines.earned_on < caps.holds_to)
    ) as capped
  ) as summed
{%- endmacro %}
