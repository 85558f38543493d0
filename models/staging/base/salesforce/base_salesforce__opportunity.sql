{% set amount_text = 'cast(landed.amount as string)' %}
{# An open deal may have no amount yet; a won one without it would be a booking of nothing. #}
{% set reject_rules = {
    'missing_stage': is_missing('landed.stage_name'),
    'missing_outcome': 'landed.is_closed is null or landed.is_won is null',
    'won_but_not_closed': 'landed.is_won and not landed.is_closed',
    'missing_amount': 'landed.is_won and landed.amount is null',
    'missing_currency': 'landed.amount is not null and landed.currency_iso_code is null',
    'negative_amount': 'landed.amount < 0',
    'amount_not_in_cents': 'landed.amount is not null and coalesce(try_cast(' ~ amount_text
    ~ ' as decimal(38, 10)) <> try_cast(' ~ amount_text ~ ' as decimal(18, 2)), true)',
    'implausible_amount': is_too_large('landed.amount'),
    'contract_months_not_positive': 'landed.contract_months_c <= 0',
    'implausible_contract_term': is_too_long('landed.contract_months_c', 'months'),
    'probability_out_of_range': 'landed.probability < 0 or landed.probability > 100',
    'missing_created_date': 'landed.created_date is null',
    'created_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_created_date': is_implausible('landed.created_date'),
    'missing_close_date': 'landed.close_date is null',
    'implausible_close_date': is_implausible('landed.close_date'),
} %}

{{ judged_rows(
    source('salesforce', 'opportunity'),
    key=['id'],
    reject_rules=reject_rules,
    delete_marker='is_deleted',
    currency_column='currency_iso_code'
) }}
