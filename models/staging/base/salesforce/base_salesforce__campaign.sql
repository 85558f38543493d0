{% set cost_text = 'cast(landed.actual_cost as string)' %}
{% set reject_rules = {
    'missing_currency': 'landed.actual_cost is not null and landed.currency_iso_code is null',
    'negative_cost': 'landed.actual_cost < 0',
    'cost_not_in_cents': 'landed.actual_cost is not null and coalesce(try_cast(' ~ cost_text
    ~ ' as decimal(38, 10)) <> try_cast(' ~ cost_text ~ ' as decimal(18, 2)), true)',
    'implausible_cost': is_too_large('landed.actual_cost'),
    'end_before_start': 'landed.end_date < landed.start_date',
    'implausible_start_date': is_implausible('landed.start_date'),
    'implausible_end_date': is_implausible('landed.end_date'),
} %}

{{ judged_rows(
    source('salesforce', 'campaign'),
    key=['id'],
    reject_rules=reject_rules,
    delete_marker='is_deleted',
    currency_column='currency_iso_code'
) }}
