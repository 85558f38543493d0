{% set reject_rules = {
    'missing_subscription': 'landed.subscription_id is null',
    'missing_price': 'landed.plan_id is null',
    'negative_quantity': 'landed.quantity < 0',
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
