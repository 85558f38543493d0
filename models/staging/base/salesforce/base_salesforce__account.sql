{% set reject_rules = {
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
    'negative_employee_count': 'landed.number_of_employees < 0',
} %}

{{ judged_rows(source('salesforce', 'account'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
