-- Every customer's movements, added up, are the MRR it has in the latest month.
with movements as (
    select
        customer_id,
        currency,
        sum(mrr_amount) as moved_mrr_amount
    from {{ ref('fct_mrr_movements') }}
    group by customer_id, currency
),

latest as (
    select
        customer_months.customer_id,
        customer_months.currency,
        customer_months.mrr_amount
    from {{ ref('fct_mrr_by_customer_month') }} as customer_months
    cross join {{ ref('as_of') }} as as_of
    where customer_months.month_start <= as_of.as_of_on and last_day(customer_months.month_start) >= as_of.as_of_on
)

select
    movements.customer_id,
    movements.currency,
    movements.moved_mrr_amount,
    latest.mrr_amount
from movements
full outer join latest
    on
        movements.customer_id = latest.customer_id
        and movements.currency = latest.currency
where coalesce(movements.moved_mrr_amount, 0) <> coalesce(latest.mrr_amount, 0)
