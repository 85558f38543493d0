{% set reject_rules = {
    'missing_response': 'landed.response_id is null',
    'missing_question': 'landed.question_id is null',
    'negative_score': 'landed.value < 0',
} %}

{{ judged_rows(source('qualtrics', 'question_response'), key=['_fivetran_id'], reject_rules=reject_rules) }}
