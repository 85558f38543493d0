with versions as (
    select
        {{ salesforce_id('lead_id') }} as lead_id,
        -- A lead that waits in a queue has no owner yet; the first three letters of an id say what it is an id of.
        case when substr(owner_user_id, 1, 3) = '005' then {{ salesforce_id('owner_user_id') }} end as owner_user_id,
        status,
        is_deleted,
        version_started_at
    from {{ ref('stg_salesforce__lead_history') }}
),

-- A lead may have been landed under both forms of its id: of one instant one version counts.
single_versions as (
    select * from versions
    qualify row_number() over (
        partition by lead_id, version_started_at order by is_deleted asc, status asc, owner_user_id asc nulls last
    ) = 1
),

followed as (
    select
        *,
        lag(status) over (partition by lead_id order by version_started_at) as previous_status,
        lag(owner_user_id) over (partition by lead_id order by version_started_at) as previous_owner_user_id,
        lag(is_deleted) over (partition by lead_id order by version_started_at) as was_deleted
    from single_versions
),

-- Versions that only change something else than status and owner say nothing new.
changes as (
    select
        lead_id,
        owner_user_id,
        status,
        is_deleted,
        coalesce(status <> previous_status, true) as is_status_change,
        version_started_at
    from followed
    where
        status is distinct from previous_status
        or owner_user_id is distinct from previous_owner_user_id
        or is_deleted is distinct from was_deleted
)

select * from changes
