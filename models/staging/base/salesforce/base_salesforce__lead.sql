{% set earliest = "cast('" ~ var('plausible_from') ~ "' as date)" %}
{# Dates carry no time zone: on the day of arrival it may already be tomorrow where the lead was converted. #}
{% set day_after_arrival = days_later('cast(landed._fivetran_synced as date)', 1) %}
{% set reject_rules = {
    'missing_status': 'landed.status is null',
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': 'landed.created_date < ' ~ earliest,
    'implausible_converted_date': 'landed.converted_date < ' ~ earliest,
    'converted_after_arrival': 'cast(landed.converted_date as date) > ' ~ day_after_arrival,
    'implausible_trial_start': is_implausible('landed.trial_started_c'),
} %}

{{ judged_rows(source('salesforce', 'lead'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
