{% set reject_rules = {
    'missing_status': is_missing('landed.status'),
    'version_after_arrival': 'landed._fivetran_start > landed._fivetran_synced',
    'implausible_version_start': is_implausible('landed._fivetran_start'),
    'version_ends_before_start': 'landed._fivetran_end < landed._fivetran_start',
    'missing_activity': 'landed._fivetran_active is null',
} %}

{{ judged_rows(source('salesforce', 'lead_history'), key=['id', '_fivetran_start'], reject_rules=reject_rules) }}
