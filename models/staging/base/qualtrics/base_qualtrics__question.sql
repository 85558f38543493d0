{# No rule of its own: a question whose tag is unknown is measured as `other`. #}
{{ judged_rows(
    source('qualtrics', 'question'), key=['id', 'survey_id'], reject_rules={}, delete_marker='_fivetran_deleted'
) }}
