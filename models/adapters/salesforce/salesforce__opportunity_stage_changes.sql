with kept as (
    select * from {{ ref('salesforce__opportunity_changes_kept') }}
),

deleted_opportunities as (
    select
        opportunity_id,
        deleted_at
    from {{ ref('salesforce__deleted_opportunities') }}
),

keyed as (
    select
        {{ source_key('salesforce', 'opportunity_id') }} as opportunity_id,
        changed_at,
        stage_name,
        amount,
        currency,
        close_on,
        forecast_category,
        {{ prorated('probability_percent', '1', '100', 6) }} as probability,
        {{ source_key('salesforce', 'owner_user_id') }} as owner_user_id,
        is_deleted,
        row_number() over (partition by opportunity_id order by changed_at desc) as place
    from kept
),

-- The object of changes does not say when a deal was deleted: the deal's own marker does. It was deleted as what it was last.
deletions as (
    select
        keyed.opportunity_id,
        greatest(keyed.changed_at, deleted_opportunities.deleted_at) as changed_at,
        keyed.stage_name,
        keyed.amount,
        keyed.currency,
        keyed.close_on,
        keyed.forecast_category,
        keyed.probability,
        keyed.owner_user_id,
        true as is_deleted
    from keyed
    inner join deleted_opportunities on keyed.opportunity_id = deleted_opportunities.opportunity_id
    where keyed.place = 1 and not keyed.is_deleted
),

with_deletions as (
    select
        keyed.opportunity_id,
        keyed.changed_at,
        keyed.stage_name,
        keyed.amount,
        keyed.currency,
        keyed.close_on,
        keyed.forecast_category,
        keyed.probability,
        keyed.owner_user_id,
        keyed.is_deleted
    from keyed
    left join deletions on keyed.opportunity_id = deletions.opportunity_id and keyed.changed_at = deletions.changed_at
    where deletions.opportunity_id is null
    union all
    select * from deletions
),

contracted as (
    select
        *,
        'salesforce' as source_system
    from with_deletions
)

select * from contracted
