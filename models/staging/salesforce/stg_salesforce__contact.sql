with contacts as (
    select
        -- keys
        id as contact_id,
        account_id
    from {{ ref('base_salesforce__contact') }}
    where row_status = 'staged'
)

select * from contacts
