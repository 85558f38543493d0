with activities as (
    select
        activities.activity_type,
        activities.is_contact,
        activities.owner_user_id,
        activities.lead_id,
        cast(date_trunc('week', activities.occurred_on) as date) as week_start,
        coalesce(activities.occurred_on <= activities.due_on, true) as is_on_time
    from {{ ref('input_activities') }} as activities
    cross join {{ ref('as_of') }} as as_of
    where activities.is_done and activities.owner_user_id is not null and activities.occurred_at <= as_of.as_of
),

counted as (
    select
        owner_user_id,
        week_start,
        count(case when activity_type = 'meeting' then 1 end) as visits,
        -- Three calls to one lead in a week follow up one lead.
        count(distinct case when is_contact then lead_id end) as leads_followed_up,
        count(case when activity_type = 'proposal' and is_on_time then 1 end) as proposals_on_time,
        count(case when activity_type = 'proposal' then 1 end) as proposals,
        count(case when activity_type = 'demo' then 1 end) as demos
    from activities
    group by owner_user_id, week_start
),

measured as (
    {% for measure, all_done in {
        'visits': 'visits',
        'leads_followed_up': 'leads_followed_up',
        'proposals_on_time': 'proposals',
        'demos': 'demos',
    }.items() -%}
    select
        owner_user_id,
        week_start,
        '{{ measure }}' as measure,
        {{ measure }} as done_count,
        {{ all_done }} - {{ measure }} as late_count
    from counted
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from measured
