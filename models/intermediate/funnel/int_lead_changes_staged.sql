with changes as (
    select
        lead_id,
        changed_at,
        stage_name,
        owner_user_id,
        is_deleted,
        source_system
    from {{ ref('input_lead_stage_changes') }}
),

leads as (
    select * from {{ ref('int_leads_described') }}
),

stage_names as (
    select
        source_system,
        {{ spelled_alike('source_stage') }} as source_stage,
        stage_code
    from {{ ref('stage_names') }}
    where object_type = 'lead'
),

latest_changes as (
    select
        lead_id,
        max(changed_at) as changed_at,
        max_by(stage_name, changed_at) as stage_name,
        max_by(is_deleted, changed_at) as is_deleted
    from changes
    group by lead_id
),

known as (
    select
        *,
        row_number() over (partition by lead_id order by changed_at) as place
    from changes
    union all
    -- A history that stopped does not say when the lead became what it is: at the latest now, or when it was converted.
    select
        leads.lead_id,
        coalesce(leads.converted_at, as_of.as_of) as changed_at,
        leads.stage_name,
        leads.owner_user_id,
        false as is_deleted,
        leads.source_system,
        0 as place
    from leads
    cross join {{ ref('as_of') }} as as_of
    inner join latest_changes on leads.lead_id = latest_changes.lead_id
    where
        (leads.stage_name <> latest_changes.stage_name or latest_changes.is_deleted)
        and latest_changes.changed_at < coalesce(leads.converted_at, as_of.as_of)
    union all
    -- Without a history there is one thing to say of a lead: what it is now.
    select
        leads.lead_id,
        leads.created_at as changed_at,
        leads.stage_name,
        leads.owner_user_id,
        false as is_deleted,
        leads.source_system,
        0 as place
    from leads
    left join changes on leads.lead_id = changes.lead_id
    where changes.lead_id is null
),

-- What the history began with had been so since the lead was made, as far as anybody knows.
staged as (
    select
        known.lead_id,
        known.owner_user_id,
        known.is_deleted,
        coalesce(stage_names.stage_code, 'unmapped') as stage_code,
        case
            when known.place = 1 and leads.created_at < known.changed_at then leads.created_at
            else known.changed_at
        end as changed_at,
        known.place = 0
        or (known.place = 1 and coalesce({{ business_date('known.changed_at') }} > leads.created_on, false)) as is_history_missing,
        leads.converted_at
    from known
    left join leads on known.lead_id = leads.lead_id
    left join stage_names
        on
            known.source_system = stage_names.source_system
            and {{ spelled_alike('known.stage_name') }} = stage_names.source_stage
    -- The life of a lead ends where that of its account begins.
    where leads.converted_at is null or known.changed_at <= leads.converted_at
)

select * from staged
