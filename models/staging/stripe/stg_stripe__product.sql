with products as (
    select
        -- keys
        id as product_id,

        -- properties
        name as product_name,
        {{ json_text('metadata', 'product_line') }} as product_line,
        {{ json_text('metadata', 'life_cycle_stage') }} as life_cycle_stage,
        {{ json_text('metadata', 'delivery_mode') }} as delivery_mode,
        {{ json_text('metadata', 'segment') }} as segment,
        active as is_active
    from {{ ref('base_stripe__product') }}
    where row_status = 'staged'
)

select * from products
