with items as (
    select
        -- keys
        id as subscription_item_id,
        subscription_id,
        plan_id as price_id,

        -- properties
        cast(quantity as decimal(18, 6)) as quantity,

        -- times
        created as created_at,
        current_period_start as period_started_at
    from {{ ref('base_stripe__subscription_item') }}
    where row_status = 'staged'
)

select * from items
