{% set columns = {
    'event_key': 'string',
    'reversed_event_key': 'string',
    'event_type': 'string',
    'occurred_on': 'date',
    'credited_on': 'date',
    'amount': 'decimal(18, 2)',
    'acv_amount': 'decimal(18, 2)',
    'unit_count': 'decimal(18, 6)',
    'score': 'decimal(18, 6)',
    'currency': 'string',
    'account_id': 'string',
    'customer_id': 'string',
    'contract_id': 'string',
    'opportunity_id': 'string',
    'partner_id': 'string',
    'user_id': 'string',
    'payee_id': 'string',
    'component_code': 'string',
    'product_line': 'string',
    'opportunity_type': 'string',
    'movement_key': 'string',
    'service_start_on': 'date',
    'source_system': 'string',
    'source_id': 'string',
} %}
{% set own_columns = ['event_key', 'event_type', 'occurred_on', 'amount', 'currency', 'source_system', 'source_id'] %}
{% set moneyless_columns = ['event_key', 'event_type', 'occurred_on', 'source_system', 'source_id'] %}

with listed as (
    {{ padded_union(columns, {
        'int_booking_events_listed': own_columns + ['acv_amount', 'account_id', 'contract_id', 'opportunity_id', 'partner_id', 'opportunity_type'],
        'int_movement_events_listed': own_columns + ['customer_id', 'contract_id', 'movement_key', 'service_start_on'],
        'int_contract_events_listed': own_columns + ['acv_amount', 'contract_id'],
        'int_invoice_events_listed': own_columns + ['reversed_event_key', 'customer_id', 'contract_id'],
        'int_cash_events_listed': own_columns + ['reversed_event_key', 'customer_id', 'contract_id', 'product_line'],
        'int_delivery_events_listed': own_columns + ['contract_id'],
        'int_meeting_events_listed': moneyless_columns + ['unit_count', 'account_id', 'opportunity_id', 'user_id'],
        'int_referral_events_listed': own_columns + [
            'acv_amount', 'unit_count', 'account_id', 'opportunity_id', 'partner_id', 'opportunity_type', 'service_start_on',
        ],
        'int_unit_events_listed': moneyless_columns + ['reversed_event_key', 'unit_count', 'customer_id', 'contract_id', 'product_line'],
        'int_survey_events_listed': moneyless_columns + ['score', 'customer_id'],
        'int_score_events_listed': moneyless_columns + ['credited_on', 'score', 'payee_id', 'component_code'],
        'int_anniversary_events_listed': own_columns + ['customer_id'],
        'int_pool_events_listed': own_columns + ['credited_on', 'payee_id', 'component_code'],
    }) }}
),

contracts as (
    select * from {{ ref('int_contracts_linked') }}
),

accounts as (
    select account_id from {{ ref('input_accounts') }}
),

-- What billing says of an event is completed by its contract; a customer that is an account is that account.
united as (
    select
        listed.event_key,
        listed.reversed_event_key,
        listed.event_type,
        listed.occurred_on,
        listed.credited_on,
        listed.amount,
        listed.acv_amount,
        listed.unit_count,
        listed.score,
        listed.currency,
        coalesce(listed.account_id, contracts.account_id, accounts.account_id) as account_id,
        coalesce(listed.customer_id, listed.account_id, contracts.account_id) as customer_id,
        listed.contract_id,
        coalesce(listed.opportunity_id, contracts.opportunity_id) as opportunity_id,
        -- A deal has the partner that it names; what is billed later has that of its contract's deal.
        coalesce(listed.partner_id, case when listed.opportunity_id is null then contracts.partner_id end) as partner_id,
        listed.user_id,
        listed.payee_id,
        listed.component_code,
        listed.product_line,
        coalesce(listed.opportunity_type, contracts.opportunity_type) as opportunity_type,
        listed.movement_key,
        coalesce(listed.service_start_on, contracts.service_start_on, listed.occurred_on) as service_start_on,
        listed.source_system,
        listed.source_id
    from listed
    left join contracts on listed.contract_id = contracts.contract_id
    left join accounts on listed.customer_id = accounts.account_id
)

select * from united
