with billing_customers as (
    select
        billing_customer_id,
        account_id,
        customer_name,
        email,
        country_code,
        source_system
    from {{ ref('input_billing_customers') }}
),

accounts as (
    select account_id from {{ ref('input_accounts') }}
),

customer_links as (
    select
        billing_customer_id,
        customer_id
    from {{ ref('customer_links') }}
),

linked as (
    select
        coalesce(billing_customers.billing_customer_id, customer_links.billing_customer_id) as billing_customer_id,
        -- A link to an account that nobody knows is no link: the billing customer then stands for itself.
        coalesce(customer_links.customer_id, accounts.account_id, billing_customers.billing_customer_id) as customer_id,
        billing_customers.customer_name,
        billing_customers.email,
        billing_customers.country_code,
        billing_customers.source_system
    from billing_customers
    left join accounts on billing_customers.account_id = accounts.account_id
    -- Also a billing customer that did not land: its items may have.
    full outer join customer_links on billing_customers.billing_customer_id = customer_links.billing_customer_id
)

select * from linked
