{% set amounts %}
gross_amount,
        after_cliff_amount,
        after_floor_amount,
        after_component_cap_amount,
        after_plan_cap_amount,
        after_payee_cap_amount,
        retained_amount,
        released_amount,
        rooms,
        retained_fraction,
        released_fraction
{%- endset %}

with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        in_force_from,
        earned_on,
        credited_on,
        is_rate_provisional
    from {{ ref('int_lines_listed') }}
    union all
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        in_force_from,
        occurred_on as earned_on,
        credited_on,
        is_rate_provisional
    from {{ ref('int_lines_based') }}
    where reversed_event_key is not null
),

amounts as (
    select
        payee_id,
        component_code,
        basis_key,
        {{ amounts }}
    from {{ ref('int_lines_settled') }}
    union all
    select
        payee_id,
        component_code,
        basis_key,
        {{ amounts }}
    from {{ ref('int_lines_reversed') }}
),

completed as (
    select
        amounts.*,
        lines.plan_code,
        lines.in_force_from,
        lines.earned_on,
        {{ month_start('lines.earned_on') }} as earning_period_start,
        lines.credited_on,
        lines.is_rate_provisional
    from amounts
    inner join lines
        on
            amounts.payee_id = lines.payee_id
            and amounts.component_code = lines.component_code
            and amounts.basis_key = lines.basis_key
)

select * from completed
