{% set reject_rules = {
    'missing_owner': is_missing('landed.owner_id'),
    'missing_start': 'landed.start_date_time is null',
    'implausible_start': is_implausible('landed.start_date_time'),
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
} %}

{{ judged_rows(source('salesforce', 'event'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
