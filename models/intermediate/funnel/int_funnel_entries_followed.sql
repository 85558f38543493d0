with visits as (
    select * from {{ ref('int_stage_visits_ordered') }}
),

last_stage as (
    select max(stage_order) as stage_order from {{ ref('funnel_stages') }}
),

leads as (
    select
        lead_id,
        opportunity_id
    from {{ ref('input_leads') }}
    where opportunity_id is not null
),

-- What becomes of the deal of a lead becomes of the lead.
paths as (
    select
        *,
        object_type as path_type,
        object_id as path_id,
        true as is_own
    from visits
    union all
    select
        visits.*,
        'lead' as path_type,
        leads.lead_id as path_id,
        false as is_own
    from leads
    inner join visits on leads.opportunity_id = visits.object_id and visits.object_type = 'opportunity'
),

followed as (
    select
        paths.*,
        max(case when not paths.is_lost then paths.stage_order end) over (
            partition by paths.path_type, paths.path_id order by paths.is_own desc, paths.visit_number asc
            rows between 1 following and unbounded following
        ) as furthest_order,
        last_value(paths.is_lost or paths.is_deleted) over (
            partition by paths.path_type, paths.path_id order by paths.is_own desc, paths.visit_number asc
            rows between unbounded preceding and unbounded following
        ) as is_over
    from paths
),

-- Who comes back to a stage entered it once: in the month of the first time.
entries as (
    select
        followed.object_type,
        followed.object_id,
        followed.stage_code,
        followed.stage_order,
        followed.lead_source,
        followed.channel,
        followed.segment,
        followed.product_line,
        followed.owner_user_id,
        followed.bant_tier,
        followed.is_over,
        {{ month_start('followed.entered_on') }} as month_start,
        coalesce(followed.furthest_order > followed.stage_order, false) as is_reached
    from followed
    cross join last_stage
    where followed.is_own and not followed.is_lost and coalesce(followed.stage_order < last_stage.stage_order, true)
    qualify row_number() over (partition by followed.path_type, followed.path_id, followed.stage_code order by followed.visit_number) = 1
)

select * from entries
