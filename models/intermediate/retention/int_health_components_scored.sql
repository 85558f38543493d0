with measured as (
    select * from {{ ref('int_health_usage_measured') }}
    union all
    select * from {{ ref('int_health_answers_measured') }}
    union all
    select * from {{ ref('int_health_incidents_measured') }}
    union all
    select * from {{ ref('int_health_renewals_measured') }}
),

quarters as (
    select
        customer_id,
        quarter_start
    from {{ ref('int_customer_quarters_spanned') }}
),

components as (
    select * from {{ ref('health_components') }}
    where component <> 'health_score'
),

judged as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        components.component,
        components.weight,
        components.healthy_threshold,
        components.at_risk_threshold,
        components.is_decisive,
        measured.component_value,
        case
            when components.is_higher_better then measured.component_value >= components.healthy_threshold
            else measured.component_value <= components.healthy_threshold
        end as is_healthy,
        case
            when components.is_higher_better then measured.component_value < components.at_risk_threshold
            else measured.component_value > components.at_risk_threshold
        end as is_at_risk
    from quarters
    cross join components
    left join measured
        on
            quarters.customer_id = measured.customer_id
            and quarters.quarter_start = measured.quarter_start
            and components.component = measured.component
),

scored as (
    select
        customer_id,
        quarter_start,
        component,
        component_value,
        healthy_threshold,
        at_risk_threshold,
        -- What is not known neither earns points nor costs any.
        case when component_value is not null then weight else 0 end as possible_points,
        case
            when is_healthy then cast(weight as decimal(18, 2))
            when is_at_risk then cast(0 as decimal(18, 2))
            when component_value is not null then {{ prorated('weight', '1', '2') }}
        end as points,
        coalesce(is_at_risk and is_decisive, false) as decides
    from judged
)

select * from scored
