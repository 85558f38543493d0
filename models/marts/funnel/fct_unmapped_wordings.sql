{% set readings = [
    ('stage_names', 'opportunity', 'opportunity_id', 'stage_name', 'source_system', ref('input_opportunities')),
    ('stage_names', 'opportunity', 'opportunity_id', 'stage_name', 'source_system', ref('input_opportunity_stage_changes')),
    ('stage_names', 'lead', 'lead_id', 'stage_name', 'source_system', ref('input_leads')),
    ('stage_names', 'lead', 'lead_id', 'stage_name', 'source_system', ref('input_lead_stage_changes')),
    ('forecast_categories', 'opportunity', 'opportunity_id', 'forecast_category', 'source_system', ref('input_opportunities')),
    ('forecast_categories', 'opportunity', 'opportunity_id', 'forecast_category', 'source_system', ref('input_opportunity_stage_changes')),
    ('activity_types', 'activity', 'activity_id', 'source_activity_type', 'source_system', ref('input_activities')),
    ('loss_themes', 'loss', 'opportunity_id', 'loss_reason', 'source_system', ref('input_opportunities')),
    ('loss_themes', 'churn', 'movement_key', 'churn_reason', "'unknown'", ref('fct_churns')),
] %}

with wordings as (
    {% for seed_name, object_type, object_id, wording, source_system, relation in readings %}
    select
        '{{ seed_name }}' as seed_name,
        '{{ object_type }}' as object_type,
        {{ source_system }} as source_system,
        {{ object_id }} as object_id,
        {{ wording }} as wording,
        {{ spelled_alike(wording) }} as spelling
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- The themes of losses are the same whatever system tells the reason.
mapped as (
    select
        'stage_names' as seed_name,
        object_type,
        source_system,
        {{ spelled_alike('source_stage') }} as spelling
    from {{ ref('stage_names') }}
    union all
    select
        'forecast_categories' as seed_name,
        'opportunity' as object_type,
        source_system,
        {{ spelled_alike('source_category') }} as spelling
    from {{ ref('forecast_categories') }}
    union all
    select
        'activity_types' as seed_name,
        'activity' as object_type,
        source_system,
        {{ spelled_alike('source_type') }} as spelling
    from {{ ref('activity_types') }}
    union all
    select
        'loss_themes' as seed_name,
        reason_kind as object_type,
        cast(null as string) as source_system,
        {{ spelled_alike('source_reason') }} as spelling
    from {{ ref('loss_themes') }}
),

-- One object says a wording many times: now, and in each change of its history.
fct_unmapped_wordings as (
    select
        wordings.seed_name,
        wordings.object_type,
        wordings.source_system,
        wordings.spelling,
        min(trim(wordings.wording)) as wording,
        count(distinct wordings.object_id) as object_count
    from wordings
    left join mapped
        on
            wordings.seed_name = mapped.seed_name
            and wordings.object_type = mapped.object_type
            and wordings.source_system = coalesce(mapped.source_system, wordings.source_system)
            and wordings.spelling = mapped.spelling
    where wordings.spelling is not null and mapped.seed_name is null
    group by wordings.seed_name, wordings.object_type, wordings.source_system, wordings.spelling
)

select * from fct_unmapped_wordings
