{% set reject_rules = {
    'missing_currency': 'landed.currency is null',
    'missing_amount': 'landed.amount is null',
    'negative_amount': 'landed.amount < 0',
    'implausible_amount': is_too_large('landed.amount'),
    'unknown_status': "coalesce(landed.status, '') not in ('succeeded', 'pending', 'failed')",
    'impossible_refund': 'landed.amount_refunded < 0 or landed.amount_refunded > landed.amount',
    'missing_created': 'landed.created is null',
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(
    source('stripe', 'charge'),
    key=['id'],
    reject_rules=reject_rules,
    currency_column='currency'
) }}
