{% set reject_rules = {
    'missing_account': is_missing('landed.account_id'),
    'missing_user': is_missing('landed.user_id'),
    'missing_role': is_missing('landed.team_member_role'),
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
} %}

{{ judged_rows(source('salesforce', 'account_team_member'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
