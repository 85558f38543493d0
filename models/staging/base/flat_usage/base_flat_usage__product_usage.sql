{% set day = parsed_date('landed.day') %}
{# Dates carry no time zone: on the day of arrival it may already be tomorrow where the day was counted. #}
{% set day_after_arrival = days_later('cast(landed._fivetran_synced as date)', 1) %}
{% set active_users = parsed_decimal('landed.active_users', 18, 0) %}
{% set licensed_users = parsed_decimal('landed.licensed_users', 18, 0) %}
{% set reject_rules = {
    'customer_names_no_system': 'not ' ~ matches('trim(landed.customer)', '^[A-Za-z0-9_]+:[^ ]'),
    'day_is_no_date': day ~ ' is null',
    'implausible_date': is_implausible(day),
    'day_after_arrival': day ~ ' > ' ~ day_after_arrival,
    'active_users_is_no_number': active_users ~ ' is null',
    'negative_active_users': active_users ~ ' < 0',
    'implausible_active_users': is_too_large(active_users),
    'licensed_users_is_no_number': licensed_users ~ ' is null',
    'negative_licensed_users': licensed_users ~ ' < 0',
    'implausible_licensed_users': is_too_large(licensed_users),
} %}

{{ judged_rows(source('flat_usage', 'product_usage'), key=['customer', 'day'], reject_rules=reject_rules) }}
