with versions as (
    select
        -- keys
        id as lead_id,
        owner_id as owner_user_id,

        -- properties
        status,
        coalesce(is_deleted, false) as is_deleted,

        -- times
        _fivetran_start as version_started_at
    from {{ ref('base_salesforce__lead_history') }}
    where row_status = 'staged'
)

select * from versions
