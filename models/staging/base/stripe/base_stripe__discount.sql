{% set reject_rules = {
    'missing_coupon': is_missing('landed.coupon_id'),
    'applies_to_nobody': is_missing('landed.customer_id') ~ ' and ' ~ is_missing('landed.subscription_id'),
    'missing_start': 'landed.start is null',
    'end_before_start': 'landed.' ~ adapter.quote('end') ~ ' < landed.start',
    'implausible_start': is_implausible('landed.start'),
    'implausible_end': is_implausible('landed.' ~ adapter.quote('end')),
} %}

{{ judged_rows(
    source('stripe', 'discount'),
    key=['id'],
    reject_rules=reject_rules
) }}
