with cases as (
    select
        -- keys
        id as case_id,
        account_id,

        -- properties
        type as case_type,
        priority,
        coalesce(is_closed, false) as is_closed,

        -- times
        created_date as created_at,
        closed_date as closed_at
    from {{ ref('base_salesforce__case') }}
    where row_status = 'staged'
)

select * from cases
