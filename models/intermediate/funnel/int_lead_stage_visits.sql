with changes as (
    select * from {{ ref('int_lead_changes_staged') }}
),

leads as (
    select
        lead_id,
        segment,
        lead_source,
        channel,
        bant_tier
    from {{ ref('int_leads_described') }}
),

compared as (
    select
        *,
        lead(changed_at) over (partition by lead_id order by changed_at) as followed_at,
        lag(stage_code) over (partition by lead_id order by changed_at) as previous_stage_code,
        coalesce(lag(is_deleted) over (partition by lead_id order by changed_at), false) as was_deleted,
        last_value(is_deleted) over (
            partition by lead_id order by changed_at rows between unbounded preceding and unbounded following
        ) as is_lead_deleted
    from changes
),

-- Statuses that are one stage of the funnel are one visit, whoever had the lead meanwhile.
grouped as (
    select
        *,
        sum(case when stage_code is distinct from previous_stage_code or was_deleted then 1 else 0 end)
            over (partition by lead_id order by changed_at rows unbounded preceding) as place
    from compared
    where not is_deleted
),

visits as (
    select
        lead_id,
        cast(place as int) as visit_number,
        stage_code,
        min(changed_at) as entered_at,
        case
            when count(case when followed_at is null then 1 end) > 0 then max(converted_at)
            else max(followed_at)
        end as left_at,
        -- Who had the lead when the visit ended: many wait in a queue when it begins.
        max_by(owner_user_id, changed_at) filter (where owner_user_id is not null) as owner_user_id,
        max(case when is_history_missing then 1 else 0 end) = 1 as is_history_missing,
        max(case when is_lead_deleted then 1 else 0 end) = 1 as is_deleted
    from grouped
    group by lead_id, place, stage_code
),

described as (
    select
        'lead' as object_type,
        visits.lead_id as object_id,
        visits.visit_number,
        visits.stage_code,
        visits.entered_at,
        visits.left_at,
        {{ business_date('visits.entered_at') }} as entered_on,
        {{ business_date('visits.left_at') }} as left_on,
        lead(visits.stage_code) over (partition by visits.lead_id order by visits.visit_number) as next_stage_code,
        coalesce(visits.owner_user_id, 'unknown') as owner_user_id,
        coalesce(leads.segment, 'unknown') as segment,
        coalesce(leads.lead_source, 'unknown') as lead_source,
        coalesce(leads.channel, 'none') as channel,
        coalesce(leads.bant_tier, 'unknown') as bant_tier,
        visits.is_history_missing,
        visits.is_deleted
    from visits
    left join leads on visits.lead_id = leads.lead_id
)

select * from described
