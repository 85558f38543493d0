-- A lead is in one stage at a time, from its creation until today, its conversion or its deletion.
with visits as (
    select
        object_id,
        visit_number,
        entered_at,
        left_at,
        next_stage_code,
        is_deleted,
        lead(entered_at) over (partition by object_id order by visit_number) as next_entered_at
    from {{ ref('fct_stage_visits') }}
    where object_type = 'lead'
),

leads as (
    select
        lead_id,
        created_at,
        converted_at
    from {{ ref('input_leads') }}
),

first_visits as (
    select
        object_id,
        min(entered_at) as entered_at
    from visits
    group by object_id
),

offences as (
    select
        object_id,
        visit_number,
        left_at as found_at,
        next_entered_at as expected_at
    from visits
    where
        left_at > next_entered_at
        -- A gap is what a deletion makes that was taken back.
        or (left_at is distinct from next_entered_at and next_stage_code is not null and not is_deleted)
        or (left_at is null and next_entered_at is not null)
    union all
    select
        visits.object_id,
        visits.visit_number,
        visits.left_at as found_at,
        leads.converted_at as expected_at
    from visits
    inner join leads on visits.object_id = leads.lead_id
    where visits.next_entered_at is null and not visits.is_deleted and visits.left_at is distinct from leads.converted_at
    union all
    select
        leads.lead_id as object_id,
        1 as visit_number,
        first_visits.entered_at as found_at,
        leads.created_at as expected_at
    from leads
    left join first_visits on leads.lead_id = first_visits.object_id
    where first_visits.entered_at is null or first_visits.entered_at > leads.created_at
)

select * from offences
