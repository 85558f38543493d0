{% set reject_rules = {
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
    'closed_before_created': 'landed.closed_date < landed.created_date',
    'closed_after_arrival': 'landed.closed_date > landed._fivetran_synced',
} %}

{{ judged_rows(source('salesforce', 'case'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
