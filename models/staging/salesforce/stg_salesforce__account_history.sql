with versions as (
    select
        -- keys
        id as account_id,
        owner_id as owner_user_id,

        -- properties
        coalesce(is_deleted, false) as is_deleted,

        -- times
        _fivetran_start as version_started_at,
        case when not _fivetran_active then _fivetran_end end as version_ended_at
    from {{ ref('base_salesforce__account_history') }}
    where row_status = 'staged'
)

select * from versions
