{% set reject_rules = {
    'missing_currency': 'landed.currency is null',
    'missing_total': 'landed.total is null',
    'unknown_status': "coalesce(landed.status, '') not in ('draft', 'open', 'paid', 'uncollectible', 'void')",
    'negative_payment': 'landed.amount_paid < 0 or landed.amount_remaining < 0',
    'implausible_amount': is_too_large('landed.subtotal') ~ ' or ' ~ is_too_large('landed.tax') ~ ' or ' ~ is_too_large('landed.total')
    ~ ' or ' ~ is_too_large('landed.amount_paid') ~ ' or ' ~ is_too_large('landed.amount_remaining'),
    'due_before_created': 'cast(landed.due_date as date) < cast(landed.created as date)',
    'implausible_due_date': is_implausible('landed.due_date'),
    'missing_created': 'landed.created is null',
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(
    source('stripe', 'invoice'),
    key=['id'],
    reject_rules=reject_rules,
    delete_marker='is_deleted',
    currency_column='currency'
) }}
