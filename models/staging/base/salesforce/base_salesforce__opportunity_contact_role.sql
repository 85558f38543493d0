{% set earliest = "cast('" ~ var('plausible_from') ~ "' as date)" %}
{% set reject_rules = {
    'missing_opportunity': 'landed.opportunity_id is null',
    'missing_contact': 'landed.contact_id is null',
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': 'landed.created_date < ' ~ earliest,
} %}

{{ judged_rows(source('salesforce', 'opportunity_contact_role'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
