{% set counts = {
    'contacts': 'recent_contact_count',
    'pushes': 'push_count',
    'cuts': 'cut_count',
    'missing_roles': 'missing_role_count',
} %}

with features as (
    select
        *,
        {{ month_start('examined_on') }} as month_start
    from {{ ref('int_deal_features') }}
),

habits as (
    select * from {{ ref('int_stage_habits_known') }}
),

components as (
    select * from {{ ref('deal_risk_components') }}
    where component <> 'deal_risk'
),

compared as (
    {% for component, days in {'stall': 'stage_days', 'silence': 'silent_days'}.items() -%}
    select
        features.opportunity_id,
        features.examined_on,
        '{{ component }}' as component,
        features.{{ days }} as day_count,
        coalesce(of_segment.habit_days, of_all.habit_days) as habit_days
    from features
    left join habits as of_segment
        on
            of_segment.component = '{{ component }}'
            and features.month_start = of_segment.month_start
            and features.segment = of_segment.segment
            and features.stage_code = of_segment.stage_code
    left join habits as of_all
        on
            of_all.component = '{{ component }}'
            and of_all.segment = 'all'
            and features.month_start = of_all.month_start
            and features.stage_code = of_all.stage_code
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

measured as (
    select
        opportunity_id,
        examined_on,
        component,
        -- A habit of less than a day is one of a day: nobody is late by the hour.
        {{ prorated('day_count', '1', 'case when habit_days > 0 then habit_days when habit_days = 0 then 1 end', 6) }} as component_value,
        habit_days
    from compared
    {% for component, count in counts.items() -%}
    union all
    select
        opportunity_id,
        examined_on,
        '{{ component }}' as component,
        cast({{ count }} as decimal(18, 6)) as component_value,
        cast(null as int) as habit_days
    from features
    {% endfor %}
),

scored as (
    select
        measured.opportunity_id,
        measured.examined_on,
        measured.component,
        measured.component_value,
        measured.habit_days,
        -- What is not known is no risk, and no comfort either.
        case when measured.component_value is not null then components.weight else 0 end as possible_points,
        cast(case
            when measured.component_value is null then null
            when components.is_higher_riskier and measured.component_value >= components.risk_threshold then 2 * components.weight
            when not components.is_higher_riskier and measured.component_value < components.risk_threshold then 2 * components.weight
            when components.is_higher_riskier and measured.component_value >= components.caution_threshold then components.weight
            when not components.is_higher_riskier and measured.component_value < components.caution_threshold then components.weight
            else 0
        end as decimal(18, 2)) as half_points
    from measured
    inner join components on measured.component = components.component
),

with_points as (
    select
        opportunity_id,
        examined_on,
        component,
        component_value,
        habit_days,
        possible_points,
        {{ prorated('half_points', '1', '2') }} as points
    from scored
)

select * from with_points
