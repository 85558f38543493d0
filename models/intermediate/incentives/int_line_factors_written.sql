{% set credit_text %}
concat_ws(
    ':', credit_kind, cast(cast(credit_percent as decimal(18, 6)) as string), cast(cast(credit_amount as decimal(18, 2)) as string),
    cast(cast(rate as decimal(18, 10)) as string), cast(cast(plan_credit_amount as decimal(18, 2)) as string)
)
{%- endset %}
{% set point_text %}
concat_ws(':', point_name, cast(start_amount as string), cast(rise_amount as string), cast(run_units as string), cast(width_units as string))
{%- endset %}

-- What no event causes, such as a score, has a line of its window.
with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        event_key
    from {{ ref('int_lines_based') }}
),

credits as (
    select
        payee_id,
        component_code,
        event_key,
        {{ joined_text(credit_text) }} as credits
    from {{ ref('int_credits') }}
    where plan_code is not null
    group by payee_id, component_code, event_key
),

curve_points as (
    select
        payee_id,
        component_code,
        basis_key,
        {{ joined_text(point_text) }} as curve_points
    from {{ ref('int_curve_points_found') }}
    group by payee_id, component_code, basis_key
),

-- An event of several items is asked the same rule for each of them.
asked_rules as (
    select distinct
        event_key,
        component_code,
        concat_ws(':', credit_kind, credit_source, role_code, cast(credit_percent as string)) as rule_text
    from {{ ref('int_event_parts_ruled') }}
),

rules as (
    select
        event_key,
        component_code,
        {{ joined_text('rule_text') }} as credit_rules
    from asked_rules
    group by event_key, component_code
),

written as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        credits.credits,
        rules.credit_rules,
        curve_points.curve_points
    from lines
    inner join credits
        on
            lines.payee_id = credits.payee_id
            and lines.component_code = credits.component_code
            and lines.event_key = credits.event_key
    left join rules
        on
            lines.event_key = rules.event_key
            and lines.component_code = rules.component_code
    left join curve_points
        on
            lines.payee_id = curve_points.payee_id
            and lines.component_code = curve_points.component_code
            and lines.basis_key = curve_points.basis_key
)

select * from written
