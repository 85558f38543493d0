{% set earliest = "cast('" ~ var('plausible_from') ~ "' as date)" %}
{% set reject_rules = {
    'missing_status': 'landed.status is null',
    'version_after_arrival': 'landed._fivetran_start > landed._fivetran_synced',
    'implausible_version_start': 'landed._fivetran_start < ' ~ earliest,
    'version_ends_before_start': 'landed._fivetran_end < landed._fivetran_start',
    'missing_activity': 'landed._fivetran_active is null',
} %}

{{ judged_rows(source('salesforce', 'lead_history'), key=['id', '_fivetran_start'], reject_rules=reject_rules) }}
