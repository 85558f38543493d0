with split_types as (
    select
        -- keys
        id as split_type_id,

        -- properties
        developer_name as split_type_name,
        is_total_validated
    from {{ ref('base_salesforce__opportunity_split_type') }}
    where row_status = 'staged'
)

select * from split_types
