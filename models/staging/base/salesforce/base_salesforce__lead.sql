{# Dates carry no time zone: on the day of arrival it may already be tomorrow where the lead was converted. #}
{% set day_after_arrival = days_later('cast(landed._fivetran_synced as date)', 1) %}
{% set reject_rules = {
    'missing_status': is_missing('landed.status'),
    'negative_employee_count': 'landed.number_of_employees < 0',
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
    'implausible_converted_date': is_implausible('landed.converted_date'),
    'converted_after_arrival': 'cast(landed.converted_date as date) > ' ~ day_after_arrival,
    'implausible_trial_start': is_implausible('landed.trial_started_c'),
} %}

{{ judged_rows(source('salesforce', 'lead'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
