with credits as (
    select
        event_key,
        component_code,
        credited_on,
        currency,
        credit_amount,
        uncredited_reason
    from {{ ref('int_credits') }}
    where payee_id = 'uncredited'
),

events as (
    select
        event_key,
        event_type,
        occurred_on,
        account_id,
        customer_id,
        contract_id,
        opportunity_id,
        movement_key
    from {{ ref('int_incentive_events') }}
),

cutoff as (
    select first_period_start from {{ ref('cutoff') }}
),

-- What was earned before the ledger began is paid elsewhere, whoever was credited.
fct_uncredited_events as (
    select
        credits.event_key,
        credits.component_code,
        events.event_type,
        events.occurred_on,
        events.account_id,
        events.customer_id,
        events.contract_id,
        events.opportunity_id,
        events.movement_key,
        credits.uncredited_reason,
        credits.currency,
        credits.credit_amount as uncredited_amount
    from credits
    cross join cutoff
    inner join events on credits.event_key = events.event_key
    where events.occurred_on >= cutoff.first_period_start
)

select * from fct_uncredited_events
