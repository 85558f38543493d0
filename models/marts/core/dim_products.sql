with products as (
    select
        product_id,
        coalesce(product_name, 'unknown') as product_name,
        coalesce(product_line, 'unknown') as product_line,
        coalesce(life_cycle_stage, 'unknown') as life_cycle_stage,
        coalesce(delivery_mode, 'unknown') as delivery_mode,
        coalesce(segment, 'unknown') as segment,
        is_active
    from {{ ref('input_products') }}
),

dim_products as (
    select * from products
    union all
    select
        'unknown' as product_id,
        'unknown' as product_name,
        'unknown' as product_line,
        'unknown' as life_cycle_stage,
        'unknown' as delivery_mode,
        'unknown' as segment,
        cast(null as boolean) as is_active
)

select * from dim_products
