with customers as (
    select * from {{ ref('int_customers_described') }}
),

movements as (
    select
        customer_id,
        min(occurred_on) as first_mrr_on
    from {{ ref('fct_mrr_movements') }}
    where is_first_mrr
    group by customer_id
),

dim_customers as (
    select
        customers.customer_id,
        customers.customer_name,
        customers.segment,
        customers.country_code,
        customers.industry,
        customers.owner_user_id,
        customers.is_account,
        customers.billing_customer_count,
        movements.first_mrr_on
    from customers
    left join movements on customers.customer_id = movements.customer_id
)

select * from dim_customers
