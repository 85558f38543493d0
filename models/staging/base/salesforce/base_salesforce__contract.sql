{# Dates carry no time zone: on the day of arrival it may already be tomorrow where the customer signed. #}
{% set day_after_arrival = days_later('cast(landed._fivetran_synced as date)', 1) %}
{% set value_text = 'cast(landed.total_contract_value_c as string)' %}
{# A draft may be incomplete; what is in force may not. #}
{% set in_force = "landed.status not in ('Draft', 'In Approval Process')" %}
{% set reject_rules = {
    'unknown_status': "coalesce(landed.status, '') not in "
    ~ "('Draft', 'In Approval Process', 'Activated', 'Expired', 'Terminated')",
    'missing_amount': in_force ~ ' and landed.total_contract_value_c is null',
    'missing_currency': '(' ~ in_force
    ~ ' or landed.total_contract_value_c is not null) and landed.currency_iso_code is null',
    'negative_amount': 'landed.total_contract_value_c < 0',
    'amount_not_in_cents': 'landed.total_contract_value_c is not null and coalesce(try_cast(' ~ value_text
    ~ ' as decimal(38, 10)) <> try_cast(' ~ value_text ~ ' as decimal(18, 2)), true)',
    'implausible_amount': is_too_large('landed.total_contract_value_c'),
    'missing_start_date': in_force ~ ' and landed.start_date is null',
    'end_before_start': 'landed.end_date < landed.start_date',
    'missing_contract_term': in_force ~ ' and landed.contract_term is null',
    'contract_months_not_positive': 'landed.contract_term <= 0',
    'implausible_contract_term': is_too_long('landed.contract_term', 'months'),
    'implausible_start_date': is_implausible('landed.start_date'),
    'implausible_end_date': is_implausible('landed.end_date'),
    'implausible_signed_date': is_implausible('landed.customer_signed_date'),
    'signed_after_arrival': 'landed.customer_signed_date > ' ~ day_after_arrival,
} %}

{{ judged_rows(
    source('salesforce', 'contract'),
    key=['id'],
    reject_rules=reject_rules,
    delete_marker='is_deleted',
    currency_column='currency_iso_code'
) }}
