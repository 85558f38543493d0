with counts as (
    select
        -- keys
        customer as customer_reference,
        {{ parsed_date('day') }} as used_on,

        -- properties
        cast({{ parsed_decimal('active_users', 18, 0) }} as bigint) as active_user_count,
        cast({{ parsed_decimal('licensed_users', 18, 0) }} as bigint) as licensed_user_count,

        -- times
        _fivetran_synced as arrived_at
    from {{ ref('base_flat_usage__product_usage') }}
    where row_status = 'staged'
)

select * from counts
