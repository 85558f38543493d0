-- A deal is in one stage at a time, from the first that is known of it until today or its deletion.
with opportunity_visits as (
    select
        object_id,
        visit_number,
        entered_at,
        left_at,
        next_stage_code,
        lead(entered_at) over (partition by object_id order by visit_number) as next_entered_at
    from {{ ref('fct_stage_visits') }}
    where object_type = 'opportunity'
),

changes as (
    select
        opportunity_id,
        min(changed_at) as first_changed_at,
        max(case when is_deleted then changed_at end) as deleted_at
    from {{ ref('int_opportunity_changes_completed') }}
    group by opportunity_id
),

first_visits as (
    select
        object_id,
        min(entered_at) as entered_at
    from opportunity_visits
    group by object_id
),

offences as (
    select
        object_id,
        visit_number,
        left_at as found_at,
        next_entered_at as expected_at
    from opportunity_visits
    where
        left_at > next_entered_at
        -- A gap is what a deletion makes that was taken back.
        or (left_at is distinct from next_entered_at and next_stage_code is not null)
        or (left_at is null and next_entered_at is not null)
    union all
    select
        opportunity_visits.object_id,
        opportunity_visits.visit_number,
        opportunity_visits.left_at as found_at,
        changes.deleted_at as expected_at
    from opportunity_visits
    inner join changes on opportunity_visits.object_id = changes.opportunity_id
    where
        opportunity_visits.next_entered_at is null
        and opportunity_visits.left_at is not null
        and opportunity_visits.left_at is distinct from changes.deleted_at
    union all
    select
        changes.opportunity_id as object_id,
        1 as visit_number,
        first_visits.entered_at as found_at,
        changes.first_changed_at as expected_at
    from changes
    left join first_visits on changes.opportunity_id = first_visits.object_id
    where first_visits.entered_at is distinct from changes.first_changed_at
)

select * from offences
