with responses as (
    select * from {{ ref('int_survey_responses_linked') }}
),

fct_survey_responses as (
    select
        survey_response_id,
        survey_id,
        survey_name,
        question_id,
        customer_id,
        survey_type,
        score,
        scale_min,
        scale_max,
        is_scored,
        nps_group,
        is_satisfied,
        comment,
        responded_at,
        responded_on,
        month_start
    from responses
)

select * from fct_survey_responses
