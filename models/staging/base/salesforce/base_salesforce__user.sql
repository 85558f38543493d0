{# No rule of its own: a user's row holds no amount and no date, and whoever is missing here takes deals out of a team. #}
{{ judged_rows(source('salesforce', 'user'), key=['id'], reject_rules={}, delete_marker='_fivetran_deleted') }}
