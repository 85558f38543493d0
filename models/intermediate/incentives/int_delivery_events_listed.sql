with deliveries as (
    select
        delivery_id,
        contract_id,
        accepted_on,
        delivered_share,
        source_system
    from {{ ref('input_deliveries') }}
),

contracts as (
    select
        contract_id,
        amount,
        currency
    from {{ ref('int_contracts_linked') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

running as (
    select
        *,
        sum(delivered_share) over (
            partition by contract_id
            order by accepted_on, delivery_id
            rows unbounded preceding
        ) as share_to_date
    from deliveries
),

-- No more is delivered of a contract than all of it.
counted as (
    select
        *,
        cast(least(share_to_date, 1) - least(share_to_date - delivered_share, 1) as decimal(18, 6)) as counted_share
    from running
),

listed as (
    select
        'delivery:' || counted.delivery_id as event_key,
        'delivery' as event_type,
        counted.accepted_on as occurred_on,
        {{ money_share('contracts.amount', times=[['counted.counted_share', 6]], minor_unit_digits='currencies.minor_unit_digits') }}
            as amount,
        contracts.currency,
        counted.contract_id,
        counted.source_system,
        counted.delivery_id as source_id
    from counted
    inner join contracts on counted.contract_id = contracts.contract_id
    inner join currencies on contracts.currency = currencies.currency_code
)

select * from listed
