with line_items as (
    select
        opportunity_line_item_id,
        opportunity_id,
        {{ salesforce_id('product_id') }} as product_id,
        quantity,
        amount
    from {{ ref('stg_salesforce__opportunity_line_item') }}
),

products as (
    select
        {{ salesforce_id('product_id') }} as product_id,
        product_line
    from {{ ref('stg_salesforce__product_2') }}
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('line_items.opportunity_line_item_id')) }} as opportunity_product_id,
        {{ source_key('salesforce', salesforce_id('line_items.opportunity_id')) }} as opportunity_id,
        {{ source_key('salesforce', 'line_items.product_id') }} as product_id,
        products.product_line,
        line_items.quantity,
        line_items.amount,
        'salesforce' as source_system
    from line_items
    left join products on line_items.product_id = products.product_id
)

select * from contracted
