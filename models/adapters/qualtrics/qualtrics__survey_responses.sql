with answers as (
    select
        answer_id,
        response_id,
        question_id,
        score,
        answer_text
    from {{ ref('stg_qualtrics__question_response') }}
),

responses as (
    select
        response_id,
        survey_id,
        respondent_email,
        is_preview or is_test or is_spam as is_pretended,
        recorded_at
    from {{ ref('stg_qualtrics__survey_response') }}
),

surveys as (
    select
        survey_id,
        survey_name
    from {{ ref('stg_qualtrics__survey') }}
),

questions as (
    select
        survey_id,
        question_id,
        question_type = 'TE' as is_free_text,
        {{ qualtrics_scale_tag('selector', 'export_tag') }} as export_tag
    from {{ ref('stg_qualtrics__question') }}
),

scales as (
    select
        upper(export_tag) as export_tag,
        survey_type,
        scale_min,
        scale_max,
        satisfied_from
    from {{ ref('survey_scales') }}
    where source_system = 'qualtrics'
),

-- Question ids are unique inside a survey only, and an answer names its survey only through its response.
placed_answers as (
    select
        answers.answer_id,
        answers.response_id,
        answers.question_id,
        answers.score,
        answers.answer_text,
        responses.survey_id,
        responses.respondent_email,
        responses.recorded_at,
        coalesce(questions.is_free_text, false) as is_free_text,
        questions.export_tag
    from answers
    left join responses
        on answers.response_id = responses.response_id
    left join questions
        on
            responses.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
    where not coalesce(responses.is_pretended, false)
),

-- Of several texts in one response the first by question goes with its scores; each stays on its own row as well.
response_comments as (
    select
        response_id,
        min_by(answer_text, question_id || '|' || answer_id) as response_comment
    from placed_answers
    where is_free_text and answer_text is not null
    group by response_id
),

contracted as (
    select
        {{ source_key('qualtrics', 'placed_answers.answer_id') }} as survey_response_id,
        {{ source_key('qualtrics', 'placed_answers.survey_id') }} as survey_id,
        surveys.survey_name,
        {{ source_key('qualtrics', "placed_answers.survey_id || ':' || placed_answers.question_id") }} as question_id,
        coalesce(scales.survey_type, 'other') as survey_type,
        scales.scale_min,
        scales.scale_max,
        scales.satisfied_from,
        placed_answers.score,
        case
            when placed_answers.is_free_text then placed_answers.answer_text
            else coalesce(placed_answers.answer_text, response_comments.response_comment)
        end as comment,
        placed_answers.respondent_email,
        null as customer_reference,
        placed_answers.recorded_at as responded_at,
        {{ business_date('placed_answers.recorded_at') }} as responded_on,
        'qualtrics' as source_system
    from placed_answers
    left join surveys
        on placed_answers.survey_id = surveys.survey_id
    left join scales
        on placed_answers.export_tag = scales.export_tag
    left join response_comments
        on placed_answers.response_id = response_comments.response_id
)

select * from contracted
