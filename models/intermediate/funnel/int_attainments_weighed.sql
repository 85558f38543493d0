{% set methods = {'own_history': '', 'crm': 'crm_'} %}
{% set keys = ['owner_user_id', 'quarter_start', 'opportunity_type', 'quota_scope', 'snapshot_on'] %}

with pipelines as (
    select * from {{ ref('int_quota_pipelines_by_week') }}
),

steps as (
    select * from {{ ref('int_normal_distribution_stepped') }}
),

surpluses as (
    {% for method, prefix in methods.items() -%}
    select
        {% for key in keys %}
        {{ key }},
        {% endfor %}
        '{{ method }}' as forecast_method,
        closed_amount + {{ prefix }}expected_amount - quota_amount as surplus_amount,
        {{ prefix }}variance{{ ' as variance' if prefix }},
        -- Signed business reaches it by itself; where all that is open is not enough, no chance remains.
        case
            when closed_amount >= quota_amount then 1
            when closed_amount + open_amount < quota_amount then 0
        end as certainty
    from pipelines
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

squared as (
    select
        *,
        {{ exact_product([['surplus_amount', 2], ['surplus_amount', 2]]) }} as surplus_square
    from surpluses
),

placed as (
    select
        squared.*,
        steps.probability as step_from,
        steps.probability_step,
        squared.surplus_square - {{ exact_product([['steps.square_from', 0], ['squared.variance', 0]]) }} as square_beyond,
        {{ exact_product([['steps.square_to - steps.square_from', 0], ['squared.variance', 0]]) }} as square_width
    from squared
    left join steps
        on
            squared.certainty is null
            and squared.variance > 0
            and squared.surplus_square >= {{ exact_product([['steps.square_from', 0], ['squared.variance', 0]]) }}
            and (steps.square_to is null or squared.surplus_square < {{ exact_product([['steps.square_to', 0], ['squared.variance', 0]]) }})
),

tails as (
    select
        *,
        step_from + coalesce({{ rounded_quotient(exact_product([['probability_step', 6], ['square_beyond', 0]]), 'square_width', 6) }}, 0)
            as normal_probability
    from placed
),

weighed as (
    select
        {% for key in keys %}
        {{ key }},
        {% endfor %}
        forecast_method,
        cast(case
            when certainty is not null then certainty
            when variance = 0 and surplus_amount >= 0 then 1
            when variance = 0 then 0
            when surplus_amount >= 0 then normal_probability
            else 1 - normal_probability
        end as decimal(18, 6)) as probability
    from tails
),

by_method as (
    select
        {% for key in keys %}
        {{ key }},
        {% endfor %}
        max(case when forecast_method = 'own_history' then probability end) as attainment_probability,
        max(case when forecast_method = 'crm' then probability end) as crm_attainment_probability
    from weighed
    group by {{ keys | join(', ') }}
)

select
    pipelines.owner_user_id,
    pipelines.quarter_start,
    pipelines.quarter_end,
    pipelines.opportunity_type,
    pipelines.quota_scope,
    pipelines.snapshot_on,
    pipelines.is_partial,
    pipelines.quota_amount,
    pipelines.closed_amount,
    pipelines.open_count,
    pipelines.open_amount,
    pipelines.expected_amount,
    pipelines.variance,
    pipelines.crm_expected_amount,
    pipelines.crm_variance,
    by_method.attainment_probability,
    by_method.crm_attainment_probability
from pipelines
inner join by_method
    on
        pipelines.owner_user_id = by_method.owner_user_id
        and pipelines.quarter_start = by_method.quarter_start
        and pipelines.opportunity_type = by_method.opportunity_type
        and pipelines.quota_scope = by_method.quota_scope
        and pipelines.snapshot_on = by_method.snapshot_on
