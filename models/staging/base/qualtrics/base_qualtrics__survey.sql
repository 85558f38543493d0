{# No rule of its own: a survey's row is a name, and its answers count without one. #}
{{ judged_rows(source('qualtrics', 'survey'), key=['id'], reject_rules={}, delete_marker='_fivetran_deleted') }}
