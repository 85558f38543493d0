with line_items as (
    select
        -- keys
        id as opportunity_line_item_id,
        opportunity_id,
        product_2_id as product_id,

        -- properties
        cast(cast(quantity as string) as decimal(18, 6)) as quantity,

        -- amounts
        {{ amount_from_double('total_price') }} as amount
    from {{ ref('base_salesforce__opportunity_line_item') }}
    where row_status = 'staged'
)

select * from line_items
