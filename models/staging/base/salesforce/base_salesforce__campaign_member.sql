{# Dates carry no time zone: on the day of arrival it may already be tomorrow where the person responded. #}
{% set day_after_arrival = days_later('cast(landed._fivetran_synced as date)', 1) %}
{% set reject_rules = {
    'missing_campaign': is_missing('landed.campaign_id'),
    'missing_person': is_missing('landed.contact_id') ~ ' and ' ~ is_missing('landed.lead_id'),
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
    'implausible_responded_date': is_implausible('landed.first_responded_date'),
    'responded_after_arrival': 'landed.first_responded_date > ' ~ day_after_arrival,
} %}

{{ judged_rows(
    source('salesforce', 'campaign_member'),
    key=['id'],
    reject_rules=reject_rules,
    delete_marker='is_deleted'
) }}
