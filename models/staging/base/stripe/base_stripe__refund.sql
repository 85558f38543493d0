{% set reject_rules = {
    'missing_currency': 'landed.currency is null',
    'missing_amount': 'landed.amount is null',
    'negative_amount': 'landed.amount < 0',
    'implausible_amount': is_too_large('landed.amount'),
    'unknown_status': "coalesce(landed.status, '') not in ('succeeded', 'pending', 'requires_action', 'failed', 'canceled')",
    'missing_created': 'landed.created is null',
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(
    source('stripe', 'refund'),
    key=['id'],
    reject_rules=reject_rules,
    currency_column='currency'
) }}
