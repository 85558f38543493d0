{% set reject_rules = {
    'missing_referred_account': is_missing('landed.referred_account_c'),
    'missing_referrer': is_missing('landed.referrer_account_c'),
    'referred_itself': salesforce_id('landed.referred_account_c') ~ ' = ' ~ salesforce_id('landed.referrer_account_c'),
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
} %}

{{ judged_rows(source('salesforce', 'referral_c'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
