{% set month_start = parsed_date("landed.month || '-01'") %}
{# Dates carry no time zone: on the day of arrival it may already be tomorrow where the month was closed. #}
{% set day_after_arrival = days_later('cast(landed._fivetran_synced as date)', 1) %}
{% set amount = parsed_decimal('landed.amount', 18, 2) %}
{% set reject_rules = {
    'month_is_no_month': month_start ~ ' is null',
    'implausible_date': is_implausible(month_start),
    'month_after_arrival': month_start ~ ' > ' ~ day_after_arrival,
    'missing_channel': is_missing('landed.channel'),
    'amount_is_no_number': amount ~ ' is null',
    'implausible_amount': is_too_large(amount),
    'missing_currency': 'landed.currency is null',
} %}

{{ judged_rows(
    source('flat_finance', 'acquisition_cost'),
    key=['cost_id'],
    reject_rules=reject_rules,
    currency_column='currency'
) }}
