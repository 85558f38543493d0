{% set earliest = "cast('" ~ var('plausible_from') ~ "' as date)" %}
{% set reject_rules = {
    'missing_referred_account': 'landed.referred_account_c is null',
    'missing_referrer': 'landed.referrer_account_c is null',
    'referred_itself': salesforce_id('landed.referred_account_c') ~ ' = ' ~ salesforce_id('landed.referrer_account_c'),
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': 'landed.created_date < ' ~ earliest,
} %}

{{ judged_rows(source('salesforce', 'referral_c'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
