with scores as (
    select
        payee_id,
        measure,
        period_type,
        period_start,
        score,
        {{ fiscal_period_end('period_start', 'period_type') }} as period_end
    from {{ ref('scores') }}
),

assignments as (
    select
        payee_id,
        plan_code,
        valid_from,
        valid_to
    from {{ ref('payee_assignments') }}
),

components as (
    select
        plan_code,
        component_code,
        measure,
        window_type,
        in_force_from,
        in_force_to
    from {{ ref('int_components_in_force') }}
    where tier_basis = 'score' and mode in ('interpolated', 'fixed')
),

looked_at as (
    select
        scores.*,
        components.component_code,
        greatest(scores.period_start, assignments.valid_from, components.in_force_from) as first_day_on,
        least(
            scores.period_end, {{ days_later('assignments.valid_to', -1) }}, {{ days_later('components.in_force_to', -1) }}
        ) as last_day_on
    from scores
    inner join assignments on scores.payee_id = assignments.payee_id
    inner join components
        on
            assignments.plan_code = components.plan_code
            and scores.measure = components.measure
            and scores.period_type = components.window_type
),

-- Who changes plans within the period is scored by the last one that has the component.
last_plans as (
    select * from looked_at
    where first_day_on <= last_day_on
    qualify row_number() over (partition by payee_id, component_code, period_start order by last_day_on desc) = 1
),

keyed as (
    select
        *,
        concat_ws(':', payee_id, component_code, period_type, cast(period_start as string)) as source_id
    from last_plans
),

listed as (
    select
        'score:' || source_id as event_key,
        'score' as event_type,
        period_end as occurred_on,
        last_day_on as credited_on,
        score,
        payee_id,
        component_code,
        'compensation' as source_system,
        source_id
    from keyed
)

select * from listed
