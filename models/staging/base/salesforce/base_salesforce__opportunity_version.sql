{% set amount_text = 'cast(landed.amount as string)' %}
{% set reject_rules = {
    'missing_stage': is_missing('landed.stage_name'),
    'missing_currency': 'landed.amount is not null and landed.currency_iso_code is null',
    'negative_amount': 'landed.amount < 0',
    'amount_not_in_cents': 'landed.amount is not null and coalesce(try_cast(' ~ amount_text
    ~ ' as decimal(38, 10)) <> try_cast(' ~ amount_text ~ ' as decimal(18, 2)), true)',
    'implausible_amount': is_too_large('landed.amount'),
    'probability_out_of_range': 'landed.probability < 0 or landed.probability > 100',
    'version_after_arrival': 'landed._fivetran_start > landed._fivetran_synced',
    'implausible_version_start': is_implausible('landed._fivetran_start'),
    'version_ends_before_start': 'landed._fivetran_end < landed._fivetran_start',
    'version_ends_after_arrival': 'not landed._fivetran_active and landed._fivetran_end > landed._fivetran_synced',
    'missing_activity': 'landed._fivetran_active is null',
    'missing_version_end': 'not landed._fivetran_active and landed._fivetran_end is null',
    'implausible_close_date': is_implausible('landed.close_date'),
} %}

{{ judged_rows(
    source('salesforce', 'opportunity_version'),
    key=['id', '_fivetran_start'],
    reject_rules=reject_rules,
    currency_column='currency_iso_code'
) }}
