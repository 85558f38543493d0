with members as (
    select
        -- keys
        id as campaign_member_id,
        campaign_id,
        contact_id,
        lead_id,

        -- properties
        coalesce(has_responded, false) as has_responded,

        -- times
        first_responded_date as responded_on,
        created_date as created_at
    from {{ ref('base_salesforce__campaign_member') }}
    where row_status = 'staged'
)

select * from members
