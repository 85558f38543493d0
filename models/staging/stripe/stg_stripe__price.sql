with prices as (
    select
        -- keys
        id as price_id,
        product_id,

        -- properties
        type as price_type,
        recurring_interval,
        recurring_interval_count,
        recurring_usage_type,
        upper(currency) as currency,
        coalesce(is_deleted, false) as is_deleted,

        -- amounts
        {{ amount_from_minor_units('unit_amount', 'minor_unit_digits', 6) }} as unit_amount,

        -- times
        created as created_at
    from {{ ref('base_stripe__price') }}
    where row_status = 'staged'
)

select * from prices
