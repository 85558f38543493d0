{% set reject_rules = {
    'missing_recorded_date': 'landed.recorded_date is null',
    'recorded_after_arrival': 'landed.recorded_date > landed._fivetran_synced',
    'implausible_recorded_date': is_implausible('landed.recorded_date'),
    'end_before_start': 'landed.end_date < landed.start_date',
    'started_after_arrival': 'landed.start_date > landed._fivetran_synced',
    'ended_after_arrival': 'landed.end_date > landed._fivetran_synced',
    'implausible_start_date': is_implausible('landed.start_date'),
    'implausible_end_date': is_implausible('landed.end_date'),
} %}

{{ judged_rows(source('qualtrics', 'survey_response'), key=['id'], reject_rules=reject_rules) }}
