{% set components = ['stall', 'silence', 'contacts', 'pushes', 'cuts', 'missing_roles'] %}

with days as (
    select
        opportunity_id,
        examined_on
    from {{ ref('int_deal_days_examined') }}
    where not is_backtest
),

features as (
    select * from {{ ref('int_deal_features') }}
),

scored as (
    select * from {{ ref('int_deal_risks_scored') }}
),

totalled as (
    select * from {{ ref('int_deal_risks_totalled') }}
),

pivoted as (
    select
        opportunity_id,
        examined_on,
        {% for component in components %}
        max(case when component = '{{ component }}' then points end) as {{ component }}_points,
        {% endfor %}
        max(case when component = 'stall' then habit_days end) as stall_habit_days,
        max(case when component = 'silence' then habit_days end) as silence_habit_days
    from scored
    group by opportunity_id, examined_on
),

fct_deal_risks as (
    select
        features.opportunity_id,
        features.owner_user_id,
        features.opportunity_type,
        features.segment,
        features.stage_code,
        features.reporting_amount,
        features.expected_close_on,
        cast(features.stage_days as int) as stage_days,
        cast(pivoted.stall_habit_days as int) as stall_habit_days,
        coalesce(features.stage_days > pivoted.stall_habit_days, false) as is_stalled,
        pivoted.stall_points,
        features.last_contact_on,
        cast(features.silent_days as int) as silent_days,
        cast(pivoted.silence_habit_days as int) as silence_habit_days,
        pivoted.silence_points,
        cast(features.recent_contact_count as bigint) as recent_contact_count,
        pivoted.contacts_points,
        cast(features.push_count as bigint) as push_count,
        pivoted.pushes_points,
        cast(features.cut_count as bigint) as cut_count,
        pivoted.cuts_points,
        cast(features.missing_role_count as bigint) as missing_role_count,
        pivoted.missing_roles_points,
        totalled.risk_score,
        totalled.is_at_risk
    from days
    inner join features
        on
            days.opportunity_id = features.opportunity_id
            and days.examined_on = features.examined_on
    inner join pivoted
        on
            days.opportunity_id = pivoted.opportunity_id
            and days.examined_on = pivoted.examined_on
    inner join totalled
        on
            days.opportunity_id = totalled.opportunity_id
            and days.examined_on = totalled.examined_on
)

select * from fct_deal_risks
