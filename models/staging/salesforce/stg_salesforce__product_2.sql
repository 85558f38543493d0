with products as (
    select
        -- keys
        id as product_id,

        -- properties
        name as product_name,
        nullif(trim(family), '') as product_line,
        is_active
    from {{ ref('base_salesforce__product_2') }}
    where row_status = 'staged'
)

select * from products
