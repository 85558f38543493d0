with answers as (
    select
        survey_response_id,
        customer_id,
        score,
        responded_on
    from {{ ref('int_survey_responses_linked') }}
    -- Ratings of satisfaction only: a mean over several kinds of question would be of none.
    where survey_type = 'csat' and is_scored and responded_on is not null
),

responses as (
    select
        survey_response_id,
        source_system
    from {{ ref('input_survey_responses') }}
),

listed as (
    select
        'survey:' || answers.survey_response_id as event_key,
        'survey' as event_type,
        answers.responded_on as occurred_on,
        answers.score,
        answers.customer_id,
        responses.source_system,
        answers.survey_response_id as source_id
    from answers
    inner join responses on answers.survey_response_id = responses.survey_response_id
)

select * from listed
