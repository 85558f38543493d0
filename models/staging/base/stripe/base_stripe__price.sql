{% set reject_rules = {
    'missing_currency': 'landed.currency is null',
    'unknown_type': "coalesce(landed.type, '') not in ('recurring', 'one_time')",
    'unknown_interval': "landed.type = 'recurring' and coalesce(landed.recurring_interval, '') not in ('day', 'week', 'month', 'year')",
    'impossible_interval_count': 'landed.recurring_interval_count < 1',
    'implausible_interval_count': is_too_long('landed.recurring_interval_count', 'days'),
    'unknown_usage_type': "landed.recurring_usage_type not in ('licensed', 'metered')",
    'negative_amount': 'landed.unit_amount < 0',
    'implausible_amount': is_too_large('landed.unit_amount'),
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(
    source('stripe', 'price'),
    key=['id'],
    reject_rules=reject_rules,
    currency_column='currency'
) }}
