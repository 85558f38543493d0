with slices as (
    select * from {{ ref('int_line_slices_fitted') }}
    union all
    select * from {{ ref('int_reversed_slices_fitted') }}
),

ranges as (
    select
        payee_id,
        component_code,
        basis_key,
        slice_number,
        slice_low,
        slice_high
    from {{ ref('int_lines_sliced') }}
),

fct_payout_line_slices as (
    select
        md5(concat_ws('|', slices.payee_id, slices.component_code, slices.basis_key)) as line_id,
        cast(slices.slice_number as int) as slice_number,
        slices.payee_id,
        slices.tier_from,
        slices.tier_to,
        cast(ranges.slice_low as decimal(18, 6)) as basis_from,
        cast(ranges.slice_high as decimal(18, 6)) as basis_to,
        slices.credit_amount,
        slices.rate,
        slices.amount
    from slices
    left join ranges
        on
            slices.payee_id = ranges.payee_id
            and slices.component_code = ranges.component_code
            and slices.basis_key = ranges.basis_key
            and slices.slice_number = ranges.slice_number
)

select * from fct_payout_line_slices
