{% set columns = {
    'payee_id': 'string',
    'component_code': 'string',
    'basis_key': 'string',
    'part': 'string',
    'earning_period_start': 'date',
    'currency': 'string',
    'amount': 'decimal(18, 2)',
    'is_interim': 'boolean',
    'is_rate_provisional': 'boolean',
    'event_fingerprint': 'string',
    'credit_fingerprint': 'string',
    'rules_fingerprint': 'string',
    'exchange_rate_fingerprint': 'string',
    'attainment_fingerprint': 'string',
    'retained_fingerprint': 'string',
    'released_fingerprint': 'string',
    'frozen_because': 'string',
} %}
{% set of_draws = [
    'payee_id', 'component_code', 'basis_key', 'part', 'earning_period_start', 'currency', 'amount', 'is_interim',
    'is_rate_provisional', 'event_fingerprint',
] %}

-- Draws come last: they look at what everything else posts.
with completed as (
    {{ padded_union(columns, {'int_entitlements_frozen': columns, 'int_draws_settled': of_draws}) }}
)

select * from completed
