{% set reject_rules = {
    'missing_opportunity': 'landed.opportunity_id is null',
    'missing_partner': 'landed.account_to_id is null',
} %}

{{ judged_rows(source('salesforce', 'opportunity_partner'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
