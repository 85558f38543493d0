{# Of a contact only its account is read, and one without an account is an unknown one, no mistake. #}
{{ judged_rows(source('salesforce', 'contact'), key=['id'], reject_rules={}, delete_marker='is_deleted') }}
