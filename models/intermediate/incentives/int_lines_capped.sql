{% set scopes = ['component', 'plan', 'payee'] %}
{% set period_types = ['month', 'quarter', 'year'] %}

with lines as (
    select * from {{ ref('int_lines_netted') }}
),

caps as (
    select * from {{ ref('int_caps_dated') }}
),

-- One row a payee, plan and component, however many lines they have.
paid_components as (
    select distinct
        payee_id,
        plan_code,
        component_code
    from lines
),

-- A payee under several caps is listed once.
capped_payees as (
    select distinct paid_components.payee_id
    from paid_components
    inner join caps
        on
            (caps.cap_scope = 'payee' and paid_components.payee_id = caps.payee_id)
            or (caps.cap_scope = 'plan' and paid_components.plan_code = caps.plan_code)
            or (
                caps.cap_scope = 'component'
                and paid_components.plan_code = caps.plan_code
                and paid_components.component_code = caps.component_code
            )
),

filled as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.plan_code,
        lines.earned_on,
        lines.full_amount as after_component_cap_amount,
        lines.full_amount as after_plan_cap_amount,
        lines.full_amount as after_payee_cap_amount,
        lines.kept_amount,
        lines.used_amount,
        '' as rooms
    from lines
    inner join capped_payees on lines.payee_id = capped_payees.payee_id
),

{% set previous = namespace(name='filled') %}
{% for scope in scopes %}
{% for period_type in period_types %}
filled_{{ scope }}_{{ period_type }} as (
    {{ filled_cap(previous.name, scope, period_type) }}
),

{% set previous.name = 'filled_' ~ scope ~ '_' ~ period_type %}
{% endfor %}
{% endfor %}
capped as (
    select * from {{ previous.name }}
    union all
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.plan_code,
        lines.earned_on,
        lines.full_amount as after_component_cap_amount,
        lines.full_amount as after_plan_cap_amount,
        lines.full_amount as after_payee_cap_amount,
        lines.kept_amount,
        lines.used_amount,
        '' as rooms
    from lines
    left join capped_payees on lines.payee_id = capped_payees.payee_id
    where capped_payees.payee_id is null
)

select * from capped
