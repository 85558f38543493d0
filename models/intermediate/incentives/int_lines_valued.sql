with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        is_cliff_reached
    from {{ ref('int_lines_ranged') }}
),

sliced as (
    select
        payee_id,
        component_code,
        basis_key,
        {{ money_quotient('sum(amount_above)', 'max(amount_below)', 'max(minor_unit_digits)') }} as gross_amount,
        {{ money_quotient('sum(paid_above)', 'max(amount_below)', 'max(minor_unit_digits)') }} as paid_amount
    from {{ ref('int_lines_sliced') }}
    group by payee_id, component_code, basis_key
),

amounts as (
    select * from sliced
    union all
    select * from {{ ref('int_lines_interpolated') }}
    union all
    select * from {{ ref('int_lines_counted') }}
),

-- Below its cliff a window pays nothing; a line without a slice is worth nothing.
valued as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.is_cliff_reached,
        coalesce(amounts.gross_amount, 0) as gross_amount,
        case when lines.is_cliff_reached then coalesce(amounts.paid_amount, 0) else 0 end as after_cliff_amount
    from lines
    left join amounts
        on
            lines.payee_id = amounts.payee_id
            and lines.component_code = amounts.component_code
            and lines.basis_key = amounts.basis_key
)

select
    payee_id,
    component_code,
    basis_key,
    is_cliff_reached,
    cast(gross_amount as decimal(18, 2)) as gross_amount,
    cast(after_cliff_amount as decimal(18, 2)) as after_cliff_amount
from valued
