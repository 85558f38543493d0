-- As many leads are in each stage today, or were when they were converted, as the CRM shows in it.
with shown as (
    select
        coalesce(stage_names.stage_code, 'unmapped') as stage_code,
        count(*) as lead_count
    from {{ ref('input_leads') }} as leads
    left join {{ ref('stage_names') }} as stage_names
        on
            leads.source_system = stage_names.source_system
            and stage_names.object_type = 'lead'
            and {{ spelled_alike('leads.stage_name') }} = {{ spelled_alike('stage_names.source_stage') }}
    group by stage_code
),

-- The last visit of a lead that is still there.
last_visits as (
    select visits.stage_code
    from {{ ref('fct_stage_visits') }} as visits
    inner join {{ ref('input_leads') }} as leads on visits.object_id = leads.lead_id
    where visits.object_type = 'lead'
    qualify row_number() over (partition by visits.object_id order by visits.visit_number desc) = 1
),

rebuilt as (
    select
        stage_code,
        count(*) as lead_count
    from last_visits
    group by stage_code
)

select
    coalesce(shown.stage_code, rebuilt.stage_code) as stage_code,
    coalesce(shown.lead_count, 0) as shown_count,
    coalesce(rebuilt.lead_count, 0) as rebuilt_count
from shown
full outer join rebuilt on shown.stage_code = rebuilt.stage_code
where coalesce(shown.lead_count, 0) <> coalesce(rebuilt.lead_count, 0)
