{% set reject_rules = {
    'missing_owner': is_missing('landed.owner_id'),
    'implausible_due_date': is_implausible('landed.activity_date'),
    'implausible_completion': is_implausible('landed.completed_date_time'),
    'completed_after_arrival': 'landed.completed_date_time > landed._fivetran_synced',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
    'done_at_no_time': 'landed.is_closed and landed.completed_date_time is null and landed.activity_date is null',
} %}

{{ judged_rows(source('salesforce', 'task'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
