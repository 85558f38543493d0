{% set components = {
    'usage': 'decimal(18, 6)',
    'nps': 'decimal(18, 6)',
    'csat': 'decimal(18, 6)',
    'payment_failures': 'bigint',
    'complaints': 'bigint',
    'days_to_renewal': 'bigint',
} %}

with components as (
    select * from {{ ref('int_health_components_scored') }}
),

quarters as (
    select
        customer_id,
        quarter_start,
        is_partial
    from {{ ref('int_customer_quarters_spanned') }}
),

whole as (
    select
        at_risk_threshold,
        is_decisive
    from {{ ref('health_components') }}
    where component = 'health_score'
),

-- One decisive component is named: the weightiest, of equal ones the first by name.
decisive as (
    select
        customer_id,
        quarter_start,
        component
    from components
    where decides
    qualify row_number() over (partition by customer_id, quarter_start order by possible_points desc, component asc) = 1
),

pivoted as (
    select
        customer_id,
        quarter_start,
        {% for component, data_type in components.items() %}
        cast(max(case when component = '{{ component }}' then component_value end) as {{ data_type }}) as {{ component }}_value,
        max(case when component = '{{ component }}' then healthy_threshold end) as {{ component }}_healthy_threshold,
        max(case when component = '{{ component }}' then at_risk_threshold end) as {{ component }}_at_risk_threshold,
        max(case when component = '{{ component }}' then points end) as {{ component }}_points,
        {% endfor %}
        {{ prorated('sum(points)', '100', 'sum(possible_points)') }} as health_score
    from components
    group by customer_id, quarter_start
),

reasoned as (
    select
        quarters.is_partial,
        pivoted.*,
        case
            when decisive.component is not null then decisive.component
            when whole.is_decisive and pivoted.health_score < whole.at_risk_threshold then 'health_score'
        end as at_risk_reason
    from quarters
    inner join pivoted
        on
            quarters.customer_id = pivoted.customer_id
            and quarters.quarter_start = pivoted.quarter_start
    left join decisive
        on
            quarters.customer_id = decisive.customer_id
            and quarters.quarter_start = decisive.quarter_start
    left join whole on whole.at_risk_threshold is not null
),

fct_customer_health_by_quarter as (
    select
        customer_id,
        quarter_start,
        {% for component in components %}
        {{ component }}_value,
        {{ component }}_healthy_threshold,
        {{ component }}_at_risk_threshold,
        {{ component }}_points,
        {% endfor %}
        health_score,
        at_risk_reason is not null as is_at_risk,
        at_risk_reason,
        is_partial
    from reasoned
)

select * from fct_customer_health_by_quarter
