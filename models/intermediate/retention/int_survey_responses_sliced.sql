{% set slices = {'total': "'all'", 'segment': 'segment', 'country': 'country_code', 'owner': 'owner_user_id'} %}

with responses as (
    select
        survey_response_id,
        customer_id,
        survey_type,
        score,
        scale_min,
        scale_max,
        is_scored,
        nps_group,
        is_satisfied,
        month_start
    from {{ ref('int_survey_responses_linked') }}
    -- An answer to a response that never arrived has no date, so no month.
    where survey_type <> 'other' and month_start is not null
),

customers as (
    select
        customer_id,
        segment,
        country_code,
        owner_user_id
    from {{ ref('int_customers_described') }}
),

lines_held as (
    select
        customer_id,
        month_start,
        product_line
    from {{ ref('int_product_lines_held') }}
    -- Who answers unknown holds nothing, though unknown customers may.
    where customer_id <> 'unknown'
),

-- What a customer says in a month is about what it had when the month began or ended.
response_lines as (
    select
        responses.survey_response_id,
        lines_held.product_line,
        max(lines_held.month_start) = responses.month_start as has_mrr
    from responses
    inner join lines_held
        on
            responses.customer_id = lines_held.customer_id
            and lines_held.month_start between {{ months_later('responses.month_start', -1) }} and responses.month_start
    group by responses.survey_response_id, responses.month_start, lines_held.product_line
),

response_holdings as (
    select
        survey_response_id,
        count(case when has_mrr then 1 end) > 0 as has_mrr
    from response_lines
    group by survey_response_id
),

described as (
    select
        responses.*,
        customers.segment,
        customers.country_code,
        customers.owner_user_id,
        coalesce(response_holdings.has_mrr, false) as has_mrr
    from responses
    inner join customers on responses.customer_id = customers.customer_id
    left join response_holdings on responses.survey_response_id = response_holdings.survey_response_id
),

sliced as (
    {% for slice, value in slices.items() -%}
    select
        survey_response_id,
        customer_id,
        survey_type,
        '{{ slice }}' as slice,
        {{ value }} as slice_value,
        month_start,
        score,
        scale_min,
        scale_max,
        is_scored,
        nps_group,
        is_satisfied,
        has_mrr
    from described
    union all
    {% endfor -%}
    select
        responses.survey_response_id,
        responses.customer_id,
        responses.survey_type,
        'product_line' as slice,
        coalesce(response_lines.product_line, 'unknown') as slice_value,
        responses.month_start,
        responses.score,
        responses.scale_min,
        responses.scale_max,
        responses.is_scored,
        responses.nps_group,
        responses.is_satisfied,
        coalesce(response_lines.has_mrr, false) as has_mrr
    from responses
    left join response_lines on responses.survey_response_id = response_lines.survey_response_id
)

select * from sliced
