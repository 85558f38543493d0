with slices as (
    select * from {{ ref('int_lines_sliced') }}
),

valued as (
    select
        payee_id,
        component_code,
        basis_key,
        gross_amount
    from {{ ref('int_lines_valued') }}
),

-- What is paid along a curve or by the piece is one slice.
single_lines as (
    select
        valued.payee_id,
        valued.component_code,
        valued.basis_key,
        valued.gross_amount
    from valued
    left join slices
        on
            valued.payee_id = slices.payee_id
            and valued.component_code = slices.component_code
            and valued.basis_key = slices.basis_key
    where slices.basis_key is null and valued.gross_amount <> 0
),

based as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_credit_amount
    from {{ ref('int_lines_based') }}
),

with_lines as (
    select
        slices.*,
        slices.slice_high - slices.slice_low as slice_basis,
        valued.gross_amount
    from slices
    inner join valued
        on
            slices.payee_id = valued.payee_id
            and slices.component_code = valued.component_code
            and slices.basis_key = valued.basis_key
),

credited as (
    select
        *,
        {{ money_share(
            'plan_credit_amount', times=[['slice_basis', 6]], over=[['basis_width', 6]], minor_unit_digits='minor_unit_digits'
        ) }} as credit_amount
    from with_lines
),

fitted as (
    {{ fitted_parts(
        'credited',
        ['payee_id', 'component_code', 'basis_key', 'slice_number', 'tier_from', 'tier_to', 'credit_amount', 'rate'],
        partition_by=['payee_id', 'component_code', 'basis_key'],
        whole='gross_amount',
        above='amount_above',
        below='amount_below',
        tie_breaker='slice_number',
        share='amount',
        minor_unit_digits='minor_unit_digits'
    ) }}
),

all_slices as (
    select * from fitted
    union all
    select
        single_lines.payee_id,
        single_lines.component_code,
        single_lines.basis_key,
        1 as slice_number,
        cast(null as decimal(18, 6)) as tier_from,
        cast(null as decimal(18, 6)) as tier_to,
        based.plan_credit_amount as credit_amount,
        cast(null as decimal(18, 6)) as rate,
        single_lines.gross_amount as amount
    from single_lines
    inner join based
        on
            single_lines.payee_id = based.payee_id
            and single_lines.component_code = based.component_code
            and single_lines.basis_key = based.basis_key
)

select * from all_slices
