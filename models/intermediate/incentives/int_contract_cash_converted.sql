with cash as (
    select
        event_key,
        reversed_event_key,
        contract_id,
        currency,
        amount,
        occurred_on,
        credited_on
    from {{ ref('int_incentive_events') }}
    where event_type = 'cash'
),

contracts as (
    select
        contract_id,
        currency
    from {{ ref('int_contracts_linked') }}
),

rates as (
    select * from {{ ref('int_pay_rates_by_month') }}
    where rate_type = 'month'
),

-- A refund takes the rate of its payment's month, or it would leave a difference behind.
rated as (
    select
        cash.event_key,
        cash.contract_id,
        cash.currency as paid_currency,
        contracts.currency,
        {{ month_start('cash.credited_on') }} as rate_month_start,
        cash.occurred_on as paid_on,
        -- What a proration takes off an invoice is negative, too, and no refund.
        cash.reversed_event_key is not null as is_refund,
        cash.amount,
        case when cash.currency = contracts.currency then 1 else rates.rate end as rate
    from cash
    inner join contracts on cash.contract_id = contracts.contract_id
    left join rates
        on
            cash.currency = rates.from_currency
            and contracts.currency = rates.to_currency
            and {{ month_start('cash.credited_on') }} = rates.month_start
),

converted as (
    select
        event_key,
        contract_id,
        paid_currency,
        currency,
        rate_month_start,
        paid_on,
        is_refund,
        {{ prorated('amount', 'rate') }} as amount
    from rated
)

select * from converted
