with costs as (
    select
        acquisition_cost_id,
        month_start,
        channel,
        currency,
        amount
    from {{ ref('input_acquisition_costs') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

converted as (
    select
        costs.acquisition_cost_id,
        costs.month_start,
        costs.channel,
        costs.currency,
        costs.amount,
        {{ prorated('costs.amount', 'rates.rate') }} as reporting_amount
    from costs
    cross join as_of
    left join rates
        on
            costs.currency = rates.from_currency
            and costs.month_start = rates.month_start
    where costs.month_start <= as_of.as_of_on
)

select * from converted
