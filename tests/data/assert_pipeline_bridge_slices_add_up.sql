{% set measures = [
    'opening_amount', 'created_amount', 'reopened_amount', 'pulled_in_amount', 'won_amount', 'lost_amount', 'deleted_amount',
    'slipped_amount', 'closing_amount', 'opening_count', 'closing_count', 'passed_through_count'
] %}
-- Teams and owners add up to the company. Who hands a deal over may change its value, so those four add up together.
with bridges as (
    select
        'month' as period_type,
        month_start as period_start,
        *
    from {{ ref('fct_pipeline_bridge_by_month') }}
    union all
    select
        'week' as period_type,
        week_start as period_start,
        *
    from {{ ref('fct_pipeline_bridge_by_week') }}
),

summed as (
    select
        period_type,
        horizon,
        period_start,
        slice,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        sum(increased_amount - decreased_amount + owner_in_amount - owner_out_amount) as revalued_amount
    from bridges
    group by period_type, horizon, period_start, slice
),

slices as (
    select 'team' as slice
    union all
    select 'owner' as slice
),

expected as (
    select
        company.*,
        slices.slice as expected_slice
    from summed as company
    cross join slices
    where company.slice = 'company'
)

select
    expected.period_type,
    expected.horizon,
    expected.period_start,
    expected.expected_slice,
    {% for measure in measures -%}
    expected.{{ measure }} as company_{{ measure }},
    summed.{{ measure }},
    {% endfor -%}
    expected.revalued_amount as company_revalued_amount,
    summed.revalued_amount
from expected
left join summed
    on
        expected.period_type = summed.period_type
        and expected.horizon = summed.horizon
        and expected.period_start = summed.period_start
        and expected.expected_slice = summed.slice
where
    expected.revalued_amount is distinct from summed.revalued_amount
    {% for measure in measures -%}
    or expected.{{ measure }} is distinct from summed.{{ measure }}
    {% endfor %}
