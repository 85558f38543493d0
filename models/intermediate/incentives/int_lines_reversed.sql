with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        reversed_event_key,
        minor_unit_digits
    from {{ ref('int_lines_based') }}
    where reversed_event_key is not null
),

reversals as (
    select * from {{ ref('int_reversals_dated') }}
),

settled as (
    select * from {{ ref('int_lines_settled') }}
),

-- A reversal inherits what its event paid, step by step in proportion: to date less before, so that all of it is taken back in the end.
reversed as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        settled.rooms,
        settled.retained_fraction,
        settled.released_fraction,
        {{ reversed_amount('settled.gross_amount') }} as gross_amount,
        {{ reversed_amount('settled.after_cliff_amount') }} as after_cliff_amount,
        {{ reversed_amount('settled.after_floor_amount') }} as after_floor_amount,
        {{ reversed_amount('settled.after_component_cap_amount') }} as after_component_cap_amount,
        {{ reversed_amount('settled.after_plan_cap_amount') }} as after_plan_cap_amount,
        {{ reversed_amount('settled.after_payee_cap_amount') }} as after_payee_cap_amount,
        {{ reversed_amount('settled.retained_amount') }} as retained_amount,
        {{ reversed_amount('settled.released_amount') }} as released_amount
    from lines
    inner join reversals on lines.basis_key = reversals.event_key
    inner join settled
        on
            lines.payee_id = settled.payee_id
            and lines.component_code = settled.component_code
            and lines.reversed_event_key = settled.basis_key
)

select * from reversed
