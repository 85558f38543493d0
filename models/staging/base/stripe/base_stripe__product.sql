{% set reject_rules = {
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(source('stripe', 'product'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
