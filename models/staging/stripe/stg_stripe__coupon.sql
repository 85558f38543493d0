with coupons as (
    select
        -- keys
        id as coupon_id,

        -- properties
        duration,
        duration_in_months,
        upper(currency) as currency,

        -- amounts
        cast(cast(percent_off as string) as decimal(18, 6)) as percent_off,
        {{ amount_from_minor_units('amount_off', 'minor_unit_digits') }} as amount_off
    from {{ ref('base_stripe__coupon') }}
    where row_status = 'staged'
)

select * from coupons
