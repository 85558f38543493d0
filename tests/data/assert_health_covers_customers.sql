-- Every customer with MRR has a health row in its quarter, and nobody else: silence is no health.
with customer_months as (
    select
        customer_id,
        cast(date_trunc('quarter', month_start) as date) as quarter_start
    from {{ ref('fct_mrr_by_customer_month') }}
    where customer_id <> 'unknown'
),

health as (
    select
        customer_id,
        quarter_start
    from {{ ref('fct_customer_health_by_quarter') }}
),

customer_quarters as (
    select
        customer_id,
        quarter_start,
        count(*) as month_count
    from customer_months
    group by customer_id, quarter_start
)

select
    coalesce(customer_quarters.customer_id, health.customer_id) as customer_id,
    coalesce(customer_quarters.quarter_start, health.quarter_start) as quarter_start,
    customer_quarters.month_count
from customer_quarters
full outer join health
    on
        customer_quarters.customer_id = health.customer_id
        and customer_quarters.quarter_start = health.quarter_start
where customer_quarters.customer_id is null or health.customer_id is null
