with splits as (
    select
        -- keys
        id as opportunity_split_id,
        opportunity_id,
        split_owner_id as user_id,
        split_type_id,

        -- properties
        cast(cast(split_percentage as string) as decimal(18, 6)) as split_percentage
    from {{ ref('base_salesforce__opportunity_split') }}
    where row_status = 'staged'
)

select * from splits
