with versions as (
    select * from {{ ref('salesforce__lead_versions') }}
),

contracted as (
    select
        {{ source_key('salesforce', 'lead_id') }} as lead_id,
        version_started_at as changed_at,
        status as stage_name,
        {{ source_key('salesforce', 'owner_user_id') }} as owner_user_id,
        is_deleted,
        'salesforce' as source_system
    from versions
)

select * from contracted
