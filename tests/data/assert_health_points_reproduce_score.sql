-- Whoever has the seed and a row of the mart can work out its points, its score and its risk.
{% set components = ['usage', 'nps', 'csat', 'payment_failures', 'complaints', 'days_to_renewal'] %}

with health as (
    select * from {{ ref('fct_customer_health_by_quarter') }}
),

seed as (
    select * from {{ ref('health_components') }}
),

unpivoted as (
    {% for component in components -%}
    select
        customer_id,
        quarter_start,
        '{{ component }}' as component,
        cast({{ component }}_value as decimal(18, 6)) as component_value,
        {{ component }}_healthy_threshold as healthy_threshold,
        {{ component }}_at_risk_threshold as at_risk_threshold,
        {{ component }}_points as points
    from health
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Twice the points, so that half a weight is a whole number.
expected as (
    select
        unpivoted.customer_id,
        unpivoted.quarter_start,
        unpivoted.points,
        unpivoted.healthy_threshold,
        unpivoted.at_risk_threshold,
        seed.healthy_threshold as seed_healthy_threshold,
        seed.at_risk_threshold as seed_at_risk_threshold,
        case when unpivoted.component_value is not null then seed.weight end as weight,
        case
            when unpivoted.component_value = seed.healthy_threshold then 2 * seed.weight
            when (unpivoted.component_value > seed.healthy_threshold) = seed.is_higher_better then 2 * seed.weight
            when unpivoted.component_value = seed.at_risk_threshold then seed.weight
            when (unpivoted.component_value < seed.at_risk_threshold) = seed.is_higher_better then 0
            when unpivoted.component_value is not null then seed.weight
        end as double_points,
        seed.is_decisive
        and unpivoted.component_value <> seed.at_risk_threshold
        and (unpivoted.component_value < seed.at_risk_threshold) = seed.is_higher_better as is_at_risk
    from unpivoted
    left join seed on unpivoted.component = seed.component
),

summed as (
    select
        customer_id,
        quarter_start,
        count(case when 2 * points is distinct from double_points then 1 end) as wrong_points_count,
        count(case when healthy_threshold is distinct from seed_healthy_threshold then 1 end)
        + count(case when at_risk_threshold is distinct from seed_at_risk_threshold then 1 end) as wrong_threshold_count,
        {{ prorated('sum(double_points)', '50', 'sum(weight)') }} as expected_score,
        count(case when is_at_risk then 1 end) as at_risk_count
    from expected
    group by customer_id, quarter_start
),

whole as (
    select
        at_risk_threshold,
        is_decisive
    from seed
    where component = 'health_score'
)

select
    health.customer_id,
    health.quarter_start,
    health.health_score,
    summed.expected_score
from health
inner join summed
    on
        health.customer_id = summed.customer_id
        and health.quarter_start = summed.quarter_start
left join whole on whole.at_risk_threshold is not null
where
    health.health_score is distinct from summed.expected_score
    or summed.wrong_points_count > 0
    or summed.wrong_threshold_count > 0
    or health.is_at_risk is distinct from (
        summed.at_risk_count > 0
        or coalesce(whole.is_decisive and summed.expected_score < whole.at_risk_threshold, false)
    )
