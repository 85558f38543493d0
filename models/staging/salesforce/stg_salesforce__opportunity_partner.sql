with opportunity_partners as (
    select
        -- keys
        id as opportunity_partner_id,
        opportunity_id,
        account_to_id as partner_account_id,

        -- properties
        role as partner_role,
        coalesce(is_primary, false) as is_primary
    from {{ ref('base_salesforce__opportunity_partner') }}
    where row_status = 'staged'
)

select * from opportunity_partners
