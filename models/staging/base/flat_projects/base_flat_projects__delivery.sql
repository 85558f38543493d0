{% set accepted_on = parsed_date('landed.accepted_on') %}
{# Dates carry no time zone: on the day of arrival it may already be tomorrow where the customer signed. #}
{% set day_after_arrival = days_later('cast(landed._fivetran_synced as date)', 1) %}
{% set delivered_share = parsed_decimal('landed.delivered_share', 18, 6) %}
{% set reject_rules = {
    'contract_names_no_system': 'not coalesce(' ~ matches('landed.contract', '^[a-z0-9_]+:[^ ](.*[^ ])?$') ~ ', false)',
    'accepted_on_is_no_date': accepted_on ~ ' is null',
    'implausible_date': is_implausible(accepted_on),
    'accepted_after_arrival': accepted_on ~ ' > ' ~ day_after_arrival,
    'delivered_share_is_no_number': delivered_share ~ ' is null',
    'delivered_share_is_no_share': 'not ' ~ delivered_share ~ ' between 0 and 1',
} %}

{{ judged_rows(source('flat_projects', 'delivery'), key=['delivery_id'], reject_rules=reject_rules) }}
