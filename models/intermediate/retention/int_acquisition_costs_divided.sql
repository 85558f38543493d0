with costs as (
    select * from {{ ref('int_acquisition_costs_converted') }}
),

customers as (
    select * from {{ ref('int_customers_channelled') }}
),

-- One row a happening, so that a cost without a customer and a customer without a cost both stay.
happenings as (
    select
        channel,
        month_start,
        reporting_amount as acquisition_cost_amount,
        1 as posting_count,
        0 as new_customer_count
    from costs
    union all
    select
        channel,
        first_month_start as month_start,
        cast(0 as decimal(18, 2)) as acquisition_cost_amount,
        0 as posting_count,
        1 as new_customer_count
    from customers
),

blended as (
    select * from happenings
    union all
    select
        'all' as channel,
        month_start,
        acquisition_cost_amount,
        posting_count,
        new_customer_count
    from happenings
),

by_channel_month as (
    select
        channel,
        month_start,
        cast(sum(acquisition_cost_amount) as decimal(18, 2)) as acquisition_cost_amount,
        cast(sum(new_customer_count) as bigint) as new_customer_count,
        case
            -- Costs that belong to no channel did not win just the customers of whom no channel is known.
            when channel = 'none' then 'no_channel'
            when sum(new_customer_count) = 0 then 'no_new_customers'
            when sum(posting_count) = 0 then 'no_costs'
        end as cac_missing_reason
    from blended
    group by channel, month_start
),

divided as (
    select
        channel,
        month_start,
        acquisition_cost_amount,
        new_customer_count,
        case
            when cac_missing_reason is null then {{ prorated('acquisition_cost_amount', whole='new_customer_count') }}
        end as cac_amount,
        cac_missing_reason
    from by_channel_month
)

select * from divided
