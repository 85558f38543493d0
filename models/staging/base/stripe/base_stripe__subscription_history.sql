{% set known_statuses = [
    'not_started',
    'incomplete',
    'incomplete_expired',
    'trialing',
    'active',
    'past_due',
    'unpaid',
    'paused',
    'canceled',
] %}

{% set reject_rules = {
    'missing_customer': is_missing('landed.customer_id'),
    'unknown_status': "coalesce(landed.status, '') not in ('" ~ known_statuses | join("', '") ~ "')",
    'missing_start_date': 'landed.start_date is null',
    'ended_before_start': 'landed.ended_at < landed.start_date',
    'cancel_before_start': 'landed.cancel_at < landed.start_date',
    'period_end_before_start': 'landed.current_period_end < landed.current_period_start',
    'trial_end_before_start': 'landed.trial_end < landed.trial_start',
    'version_after_arrival': 'landed._fivetran_start > landed._fivetran_synced',
    'implausible_version_start': is_implausible('landed._fivetran_start'),
    'implausible_start': is_implausible('landed.start_date'),
    'implausible_end': is_implausible('landed.ended_at'),
    'implausible_cancel_date': is_implausible('landed.cancel_at'),
    'cancellation_asked_after_arrival': 'landed.canceled_at > landed._fivetran_synced',
    'implausible_cancellation_request': is_implausible('landed.canceled_at'),
    'implausible_trial_end': is_implausible('landed.trial_end'),
    'implausible_period': is_implausible('landed.current_period_end'),
    'created_after_arrival': 'landed.created > landed._fivetran_synced',
    'implausible_created': is_implausible('landed.created'),
} %}

{{ judged_rows(
    source('stripe', 'subscription_history'),
    key=['id', '_fivetran_start'],
    reject_rules=reject_rules
) }}
