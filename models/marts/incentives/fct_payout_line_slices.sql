with slices as (
    select * from {{ ref('int_line_slices_fitted') }}
    union all
    select * from {{ ref('int_reversed_slices_fitted') }}
),

fct_payout_line_slices as (
    select
        md5(concat_ws('|', payee_id, component_code, basis_key)) as line_id,
        cast(slice_number as int) as slice_number,
        payee_id,
        tier_from,
        tier_to,
        credit_amount,
        rate,
        amount
    from slices
)

select * from fct_payout_line_slices
