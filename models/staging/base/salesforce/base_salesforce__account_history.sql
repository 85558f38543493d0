{% set reject_rules = {
    'missing_owner': is_missing('landed.owner_id'),
    'version_after_arrival': 'landed._fivetran_start > landed._fivetran_synced',
    'implausible_version_start': is_implausible('landed._fivetran_start'),
    'version_ends_before_start': 'landed._fivetran_end < landed._fivetran_start',
    'version_ends_after_arrival': 'not landed._fivetran_active and landed._fivetran_end > landed._fivetran_synced',
    'missing_activity': 'landed._fivetran_active is null',
    'missing_version_end': 'not landed._fivetran_active and landed._fivetran_end is null',
} %}

{{ judged_rows(source('salesforce', 'account_history'), key=['id', '_fivetran_start'], reject_rules=reject_rules) }}
