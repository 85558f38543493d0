-- Every customer that ever had MRR, those that left too, has one row of customer value, and nobody else has.
with customers as (
    select customer_id from {{ ref('dim_customers') }}
    where first_mrr_on is not null
),

valued as (
    select customer_id from {{ ref('fct_customer_value') }}
)

select
    customers.customer_id,
    valued.customer_id as valued_customer_id
from customers
full outer join valued on customers.customer_id = valued.customer_id
where customers.customer_id is null or valued.customer_id is null
