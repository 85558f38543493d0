{% set reject_rules = {
    'missing_currency': 'landed.currency is null',
    'missing_amount': 'landed.amount is null',
    'implausible_amount': is_too_large('landed.amount'),
    'unknown_type': "coalesce(landed.type, '') not in ('subscription', 'invoiceitem')",
    'negative_quantity': 'landed.quantity < 0',
    'implausible_quantity': is_too_large('landed.quantity'),
    'missing_period': 'landed.period_start is null or landed.period_end is null',
    'end_before_start': 'landed.period_end < landed.period_start',
    'implausible_period': is_implausible('landed.period_start') ~ ' or ' ~ is_implausible('landed.period_end'),
} %}

{{ judged_rows(
    source('stripe', 'invoice_line_item'),
    key=['id', 'invoice_id'],
    reject_rules=reject_rules,
    currency_column='currency'
) }}
