with products as (
    select
        product_id,
        product_name,
        product_line,
        life_cycle_stage,
        delivery_mode,
        segment,
        is_active
    from {{ ref('stg_stripe__product') }}
),

contracted as (
    select
        {{ source_key('stripe', 'product_id') }} as product_id,
        product_name,
        nullif(trim(product_line), '') as product_line,
        life_cycle_stage,
        delivery_mode,
        segment,
        is_active,
        'stripe' as source_system
    from products
)

select * from contracted
