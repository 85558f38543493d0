{% set reject_rules = {
    'missing_opportunity': is_missing('landed.opportunity_id'),
    'missing_contact': is_missing('landed.contact_id'),
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
} %}

{{ judged_rows(source('salesforce', 'opportunity_contact_role'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
