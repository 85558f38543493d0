-- A deal that was deleted in the CRM is no pipeline from that day on, and has its visits all the same.
with deleted as (
    select
        opportunity_id,
        {{ business_date('deleted_at') }} as seen_on
    from {{ ref('input_deleted_opportunities') }}
),

present as (
    select opportunity_id from {{ ref('input_opportunities') }}
),

visits as (
    select
        object_id,
        count(*) as visit_count,
        max(case when is_open then 1 else 0 end) as open_visit_count
    from {{ ref('fct_stage_visits') }}
    where object_type = 'opportunity' and is_deleted
    group by object_id
),

states as (
    select
        opportunity_id,
        valid_from_on,
        is_deleted
    from {{ ref('int_opportunities_at') }}
    where valid_to_on is null
)

select
    deleted.opportunity_id,
    deleted.seen_on,
    states.valid_from_on,
    states.is_deleted,
    coalesce(visits.visit_count, 0) as visit_count,
    visits.open_visit_count
from deleted
left join present on deleted.opportunity_id = present.opportunity_id
left join visits on deleted.opportunity_id = visits.object_id
left join states on deleted.opportunity_id = states.opportunity_id
where
    present.opportunity_id is null
    and (
        coalesce(visits.visit_count, 0) = 0
        or visits.open_visit_count > 0
        or not coalesce(states.is_deleted, false)
        or states.valid_from_on > deleted.seen_on
    )
