{# An answer names its question inside a survey, and its survey only through its response: both say which scale it is on. #}
{% set placed_answers %}
(
    select
        answers.*,
        scales.scale_min,
        scales.scale_max
    from {{ source('qualtrics', 'question_response') }} as answers
    left join {{ ref('base_qualtrics__survey_response') }} as responses
        on
            answers.response_id = responses.id
            and responses.row_status = 'staged'
    left join {{ ref('base_qualtrics__question') }} as questions
        on
            responses.survey_id = questions.survey_id
            and answers.question_id = questions.id
            and questions.row_status = 'staged'
    left join {{ ref('survey_scales') }} as scales
        on
            {{ qualtrics_scale_tag('questions.selector', 'questions.data_export_tag') }} = upper(scales.export_tag)
            and scales.source_system = 'qualtrics'
)
{% endset %}

{% set reject_rules = {
    'missing_response': is_missing('landed.response_id'),
    'missing_question': is_missing('landed.question_id'),
    'negative_score': 'landed.value < 0',
    'implausible_score': is_too_large('landed.value'),
    'score_off_its_scale': 'landed.value < landed.scale_min or landed.value > landed.scale_max',
} %}

{{ judged_rows(placed_answers, key=['_fivetran_id'], reject_rules=reject_rules) }}
