with costs as (
    select * from {{ ref('int_acquisition_costs_divided') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

fct_acquisition_costs_by_channel_month as (
    select
        costs.channel,
        costs.month_start,
        costs.acquisition_cost_amount,
        costs.new_customer_count,
        costs.cac_amount,
        costs.cac_missing_reason,
        last_day(costs.month_start) > as_of.as_of_on as is_partial
    from costs
    cross join as_of
)

select * from fct_acquisition_costs_by_channel_month
