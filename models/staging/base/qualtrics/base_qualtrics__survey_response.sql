{% set earliest = "cast('" ~ var('plausible_from') ~ "' as date)" %}
{% set reject_rules = {
    'missing_recorded_date': 'landed.recorded_date is null',
    'recorded_after_arrival': 'landed.recorded_date > landed._fivetran_synced',
    'implausible_recorded_date': 'landed.recorded_date < ' ~ earliest,
    'end_before_start': 'landed.end_date < landed.start_date',
} %}

{{ judged_rows(source('qualtrics', 'survey_response'), key=['id'], reject_rules=reject_rules) }}
