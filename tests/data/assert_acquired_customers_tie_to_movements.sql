-- The customers won in a month are those whose first MRR ever the movements date in it.
with movements as (
    select
        {{ month_start('occurred_on') }} as month_start,
        count(distinct customer_id) as first_mrr_count
    from {{ ref('fct_mrr_movements') }}
    where is_first_mrr
    group by {{ month_start('occurred_on') }}
),

acquired as (
    select
        month_start,
        sum(new_customer_count) as new_customer_count
    from {{ ref('fct_acquisition_costs_by_channel_month') }}
    where channel <> 'all'
    group by month_start
)

select
    coalesce(movements.month_start, acquired.month_start) as month_start,
    movements.first_mrr_count,
    acquired.new_customer_count
from movements
full outer join acquired on movements.month_start = acquired.month_start
where coalesce(movements.first_mrr_count, 0) <> coalesce(acquired.new_customer_count, 0)
