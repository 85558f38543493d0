{% set reject_rules = {
    'missing_total_rule': 'landed.is_total_validated is null',
} %}

{{ judged_rows(source('salesforce', 'opportunity_split_type'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
