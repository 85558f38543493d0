with accounts as (
    select
        -- keys
        id as account_id,
        owner_id as owner_user_id,
        parent_id as parent_account_id,

        -- properties
        name as account_name,
        type as account_type,
        industry,
        number_of_employees as employee_count,
        segment_c as segment,
        upper(trim(billing_country_code)) as country_code,

        -- times
        created_date as created_at
    from {{ ref('base_salesforce__account') }}
    where row_status = 'staged'
)

select * from accounts
