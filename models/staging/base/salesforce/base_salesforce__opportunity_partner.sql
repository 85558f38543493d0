{% set reject_rules = {
    'missing_opportunity': is_missing('landed.opportunity_id'),
    'missing_partner': is_missing('landed.account_to_id'),
} %}

{{ judged_rows(source('salesforce', 'opportunity_partner'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
