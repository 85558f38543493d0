with versions as (
    select
        id as native_id,
        account_id,
        owner_id,
        type as source_type,
        stage_name,
        lead_source,
        campaign_id,
        -- What a delete marker says beside the deletion is judged by no rule.
        case when not is_delete_marker then {{ amount_from_double('amount') }} end as amount,
        upper(currency_iso_code) as currency,
        created_date as created_at,
        cast(close_date as date) as closed_on,
        is_delete_marker,
        _fivetran_synced as seen_at,
        version_rank
    from {{ ref('base_salesforce__opportunity') }}
    where row_status in ('staged', 'superseded', 'deleted')
),

deleted as (
    select native_id from versions
    where is_delete_marker and version_rank = 1
),

-- The latest version before the deletion says what was deleted; without one the marker does.
described as (
    select *
    from versions
    qualify row_number() over (partition by native_id order by is_delete_marker, version_rank) = 1
),

deletions as (
    select
        described.native_id,
        min(versions.seen_at) as deleted_at
    from described
    inner join versions
        on
            described.native_id = versions.native_id
            and versions.is_delete_marker
            and (described.is_delete_marker or described.version_rank > versions.version_rank)
    group by described.native_id
),

opportunity_types as (
    select
        {{ spelled_alike('source_type') }} as source_type,
        opportunity_type
    from {{ ref('opportunity_types') }}
    where source_system = 'salesforce'
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('described.native_id')) }} as opportunity_id,
        {{ source_key('salesforce', salesforce_id('described.account_id')) }} as account_id,
        {{ source_key('salesforce', salesforce_id('described.owner_id')) }} as owner_user_id,
        opportunity_types.opportunity_type,
        described.stage_name,
        described.amount,
        described.currency,
        described.lead_source,
        {{ source_key('salesforce', salesforce_id('described.campaign_id')) }} as campaign_id,
        described.created_at,
        described.closed_on,
        deletions.deleted_at,
        'salesforce' as source_system
    from described
    inner join deleted on described.native_id = deleted.native_id
    inner join deletions on described.native_id = deletions.native_id
    left join opportunity_types on {{ spelled_alike('described.source_type') }} = opportunity_types.source_type
)

select * from contracted
