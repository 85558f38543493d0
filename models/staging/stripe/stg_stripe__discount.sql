with discounts as (
    select
        -- keys
        id as discount_id,
        coupon_id,
        customer_id,
        subscription_id,

        -- times
        start as started_at,
        {{ adapter.quote('end') }} as ended_at
    from {{ ref('base_stripe__discount') }}
    where row_status = 'staged'
)

select * from discounts
