with points as (
    select * from {{ ref('int_curve_points_found') }}
),

lines as (
    select
        payee_id,
        component_code,
        basis_key,
        is_per_event,
        minor_unit_digits,
        plan_credit_amount,
        basis_width
    from {{ ref('int_lines_ranged') }}
    where mode = 'interpolated'
),

paired as (
    select
        begun.payee_id,
        begun.component_code,
        begun.basis_key,
        ended.point_name = 'gross_to' as is_gross,
        ended.start_amount - begun.start_amount as step_amount,
        ended.rise_amount as end_rise_amount,
        ended.run_units as end_run_units,
        ended.width_units as end_width_units,
        begun.rise_amount as start_rise_amount,
        begun.run_units as start_run_units,
        begun.width_units as start_width_units
    from points as begun
    inner join points as ended
        on
            begun.payee_id = ended.payee_id
            and begun.component_code = ended.component_code
            and begun.basis_key = ended.basis_key
            and case begun.point_name when 'gross_from' then 'gross_to' when 'paid_from' then 'paid_to' end = ended.point_name
),

-- Both fractions over one denominator, so that the line is rounded once; of a whole event each payee has a share.
exact as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.minor_unit_digits,
        paired.is_gross,
        {{ exact_product([['paired.step_amount', 2], ['paired.end_width_units', 0], ['paired.start_width_units', 0]]) }}
        + {{ exact_product([['paired.end_rise_amount', 2], ['paired.end_run_units', 0], ['paired.start_width_units', 0]]) }}
        - {{ exact_product([['paired.start_rise_amount', 2], ['paired.start_run_units', 0], ['paired.end_width_units', 0]]) }}
            as amount_above,
        {{ exact_product([['paired.end_width_units', 0], ['paired.start_width_units', 0]]) }} as amount_below,
        case when lines.is_per_event then {{ exact_product([['lines.plan_credit_amount', 6]]) }} else 1 end as share_above,
        case when lines.is_per_event then {{ exact_product([['lines.basis_width', 6]]) }} else 1 end as share_below
    from lines
    inner join paired
        on
            lines.payee_id = paired.payee_id
            and lines.component_code = paired.component_code
            and lines.basis_key = paired.basis_key
),

valued as (
    select
        *,
        {{ money_quotient(
            exact_product([['amount_above', 0], ['share_above', 0]]),
            exact_product([['amount_below', 0], ['share_below', 0]]),
            'minor_unit_digits'
        ) }} as amount
    from exact
),

interpolated as (
    select
        payee_id,
        component_code,
        basis_key,
        max(case when is_gross then amount end) as gross_amount,
        max(case when not is_gross then amount end) as paid_amount
    from valued
    group by payee_id, component_code, basis_key
)

select * from interpolated
