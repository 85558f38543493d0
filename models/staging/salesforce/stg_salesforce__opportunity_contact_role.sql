with contact_roles as (
    select
        -- keys
        id as opportunity_contact_role_id,
        opportunity_id,
        contact_id,

        -- properties
        role as role_name,
        coalesce(is_primary, false) as is_primary,

        -- times
        created_date as created_at
    from {{ ref('base_salesforce__opportunity_contact_role') }}
    where row_status = 'staged'
)

select * from contact_roles
