{% set earliest = "cast('" ~ var('plausible_from') ~ "' as date)" %}
{% set reject_rules = {
    'missing_account': 'landed.account_id is null',
    'missing_user': 'landed.user_id is null',
    'missing_role': "coalesce(trim(landed.team_member_role), '') = ''",
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': 'landed.created_date < ' ~ earliest,
} %}

{{ judged_rows(source('salesforce', 'account_team_member'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
