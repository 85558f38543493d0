-- Every cost that was posted and every customer that was won stands in one channel and once in the blended row of its month.
with postings as (
    select
        postings.month_start,
        {{ prorated('postings.amount', 'rates.rate') }} as acquisition_cost_amount
    from {{ ref('input_acquisition_costs') }} as postings
    inner join {{ ref('int_exchange_rates_by_month') }} as rates
        on
            postings.currency = rates.from_currency
            and postings.month_start = rates.month_start
),

posted as (
    select
        month_start,
        sum(acquisition_cost_amount) as acquisition_cost_amount
    from postings
    group by month_start
),

by_month as (
    select
        month_start,
        sum(case when channel = 'all' then acquisition_cost_amount else 0 end) as blended_cost_amount,
        sum(case when channel <> 'all' then acquisition_cost_amount else 0 end) as channels_cost_amount,
        sum(case when channel = 'all' then new_customer_count else 0 end) as blended_customer_count,
        sum(case when channel <> 'all' then new_customer_count else 0 end) as channels_customer_count
    from {{ ref('fct_acquisition_costs_by_channel_month') }}
    group by month_start
)

select
    coalesce(by_month.month_start, posted.month_start) as month_start,
    posted.acquisition_cost_amount,
    by_month.channels_cost_amount,
    by_month.blended_cost_amount,
    by_month.channels_customer_count,
    by_month.blended_customer_count
from by_month
full outer join posted on by_month.month_start = posted.month_start
where
    coalesce(posted.acquisition_cost_amount, 0) <> coalesce(by_month.channels_cost_amount, 0)
    or by_month.channels_cost_amount <> by_month.blended_cost_amount
    or by_month.channels_customer_count <> by_month.blended_customer_count
