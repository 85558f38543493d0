{% set reject_rules = {
    'missing_discount': 'landed.percent_off is null and landed.amount_off is null',
    'missing_currency': 'landed.amount_off is not null and landed.currency is null',
    'percent_off_out_of_range': 'landed.percent_off < 0 or landed.percent_off > 100',
    'negative_amount': 'landed.amount_off < 0',
    'implausible_amount': is_too_large('landed.amount_off'),
    'unknown_duration': "coalesce(landed.duration, '') not in ('forever', 'once', 'repeating')",
    'repeating_without_months': "landed.duration = 'repeating' and coalesce(landed.duration_in_months, 0) < 1",
    'implausible_duration': is_too_long('landed.duration_in_months', 'months'),
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(
    source('stripe', 'coupon'),
    key=['id'],
    reject_rules=reject_rules,
    currency_column='currency'
) }}
