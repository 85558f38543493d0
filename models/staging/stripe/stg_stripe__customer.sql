with customers as (
    select
        -- keys
        id as customer_id,
        {{ json_text('metadata', 'salesforce_account_id') }} as salesforce_account_id,

        -- properties
        name as customer_name,
        email,
        address_country as country_code,
        upper(currency) as currency,
        coalesce(is_deleted, false) as is_deleted,

        -- times
        created as created_at
    from {{ ref('base_stripe__customer') }}
    where row_status = 'staged'
)

select * from customers
