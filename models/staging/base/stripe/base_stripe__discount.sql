{% set reject_rules = {
    'missing_coupon': 'landed.coupon_id is null',
    'applies_to_nobody': 'landed.customer_id is null and landed.subscription_id is null',
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
