-- Every answer counts once in the total and once in each slice, and the total is what the answers themselves say
-- and, of customers, what the metrics of MRR say.
{% set surveys = {'nps': 'promoter_count', 'csat': 'satisfied_count', 'ces': 'satisfied_count'} %}
{% set measures = [
    'known_respondent_count', 'unknown_respondent_count', 'scored_count', 'best_count', 'customer_heard_count',
    'active_customer_heard_count', 'customer_count',
] %}

with responses as (
    select
        survey_type,
        month_start,
        count(*) as response_count,
        count(case when customer_id = 'unknown' then 1 end) as unknown_respondent_count,
        count(case when score between scale_min and scale_max then 1 end) as scored_count,
        count(distinct case when is_scored and customer_id <> 'unknown' then customer_id end) as customer_heard_count
    from {{ ref('fct_survey_responses') }}
    where month_start is not null and survey_type <> 'other'
    group by survey_type, month_start
),

metrics as (
    select
        month_start,
        customer_count
    from {{ ref('fct_mrr_metrics_by_month') }}
    where conversion = 'reporting'
),

sliced as (
    {% for survey_type, best in surveys.items() -%}
    select
        '{{ survey_type }}' as survey_type,
        slice,
        month_start,
        response_count,
        known_respondent_count,
        unknown_respondent_count,
        scored_count,
        {{ best }} as best_count,
        customer_heard_count,
        active_customer_heard_count,
        customer_count
    from {{ ref('fct_' ~ survey_type ~ '_by_month') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        survey_type,
        slice,
        month_start,
        {% for measure in measures %}
        sum({{ measure }}) as {{ measure }},
        {% endfor %}
        sum(response_count) as response_count
    from sliced
    group by survey_type, slice, month_start
),

totals as (
    select * from summed
    where slice = 'total'
),

slices_expected as (
    {% for slice in ['segment', 'country', 'owner'] -%}
    select
        '{{ slice }}' as slice,
        survey_type,
        month_start
    from totals
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

slices_off as (
    select
        slices_expected.survey_type,
        slices_expected.slice,
        slices_expected.month_start,
        parts.response_count,
        totals.response_count as expected_response_count
    from slices_expected
    inner join totals
        on
            slices_expected.survey_type = totals.survey_type
            and slices_expected.month_start = totals.month_start
    left join summed as parts
        on
            slices_expected.survey_type = parts.survey_type
            and slices_expected.month_start = parts.month_start
            and slices_expected.slice = parts.slice
    where
        totals.response_count is distinct from parts.response_count
        {% for measure in measures %}
        or totals.{{ measure }} is distinct from parts.{{ measure }}
        {% endfor %}
),

totals_off as (
    select
        coalesce(responses.survey_type, totals.survey_type) as survey_type,
        'total' as slice,
        coalesce(responses.month_start, totals.month_start) as month_start,
        totals.response_count,
        responses.response_count as expected_response_count
    from responses
    full outer join totals
        on
            responses.survey_type = totals.survey_type
            and responses.month_start = totals.month_start
    left join metrics on totals.month_start = metrics.month_start
    where
        responses.response_count is distinct from totals.response_count
        or responses.unknown_respondent_count is distinct from totals.unknown_respondent_count
        or responses.scored_count is distinct from totals.scored_count
        or responses.customer_heard_count is distinct from totals.customer_heard_count
        or coalesce(metrics.customer_count, 0) is distinct from totals.customer_count
)

select * from slices_off
union all
select * from totals_off
