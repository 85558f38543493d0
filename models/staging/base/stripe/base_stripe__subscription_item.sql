{% set reject_rules = {
    'missing_subscription': is_missing('landed.subscription_id'),
    'missing_price': is_missing('landed.plan_id'),
    'negative_quantity': 'landed.quantity < 0',
    'implausible_quantity': is_too_large('landed.quantity'),
    'end_before_start': 'landed.current_period_end < landed.current_period_start',
    'implausible_period': is_implausible('landed.current_period_start') ~ ' or ' ~ is_implausible('landed.current_period_end'),
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(
    source('stripe', 'subscription_item'),
    key=['id'],
    reject_rules=reject_rules,
    delete_marker='_fivetran_deleted'
) }}
