with as_of as (
    select
        as_of,
        as_of_on
    from {{ ref('as_of') }}
),

worked as (
    select
        min(activities.occurred_on) as first_on,
        max(as_of.as_of_on) as as_of_on
    from {{ ref('input_activities') }} as activities
    cross join as_of
    where activities.is_done and activities.occurred_at <= as_of.as_of
),

calendar as (
    select
        day_on,
        cast(date_trunc('week', day_on) as date) as week_start
    from {{ ref('int_days_spanned') }}
),

weeks as (
    select
        calendar.week_start,
        least({{ days_later('calendar.week_start', 6) }}, max(worked.as_of_on)) as week_end
    from calendar
    inner join worked on calendar.day_on between worked.first_on and worked.as_of_on
    group by calendar.week_start
),

-- Of whom the CRM knows nothing no work can be seen, so none is expected.
payees as (
    select
        payees.payee_id,
        payees.user_id
    from {{ ref('payees') }} as payees
    inner join {{ ref('input_users') }} as known_users on payees.user_id = known_users.user_id
),

assignments as (
    select
        payee_id,
        role_code,
        valid_from,
        valid_to
    from {{ ref('payee_assignments') }}
    where not coalesce(is_on_leave, false)
),

targets as (
    select * from {{ ref('activity_targets') }}
),

-- The role and the target of a week are those of its last day, as a month's figures are those of its last.
targeted as (
    select
        payees.user_id as owner_user_id,
        weeks.week_start,
        targets.measure,
        max(assignments.role_code) as role_code,
        max(targets.target_count) as target_count
    from weeks
    inner join assignments
        on
            weeks.week_end >= assignments.valid_from
            and (assignments.valid_to is null or weeks.week_end < assignments.valid_to)
    inner join payees on assignments.payee_id = payees.payee_id
    inner join targets
        on
            assignments.role_code = targets.role_code
            and weeks.week_end >= targets.valid_from
            and (targets.valid_to is null or weeks.week_end < targets.valid_to)
    group by payees.user_id, weeks.week_start, targets.measure
)

select * from targeted
