with accounts as (
    select
        account_id,
        account_name,
        industry,
        employee_count,
        segment,
        country_code,
        owner_user_id
    from {{ ref('input_accounts') }}
),

billing_customers as (
    select * from {{ ref('int_customers_linked') }}
),

billed as (
    select billing_customer_id from {{ ref('input_subscription_items') }}
    union
    select billing_customer_id from {{ ref('input_invoice_lines') }}
),

opportunities as (
    select account_id from {{ ref('input_opportunities') }}
),

users as (
    select user_id from {{ ref('input_users') }}
),

segments as (
    select * from {{ ref('customer_segments') }}
),

billing_names as (
    select
        customer_id,
        -- Without the filter one engine passes over a missing value and the other takes it.
        min_by(customer_name, billing_customer_id) filter (where customer_name is not null) as customer_name,
        min_by(country_code, billing_customer_id) filter (where country_code is not null) as country_code,
        count(*) as billing_customer_count
    from billing_customers
    group by customer_id
),

-- Every id that money can carry: accounts and billing customers, also those that only an item or a deal names.
customer_ids as (
    select account_id as customer_id from accounts
    union
    select customer_id from billing_customers
    union
    select billed.billing_customer_id as customer_id
    from billed
    left join billing_customers on billed.billing_customer_id = billing_customers.billing_customer_id
    where billed.billing_customer_id is not null and billing_customers.billing_customer_id is null
    union
    select account_id as customer_id from opportunities
    where account_id is not null
    union
    select 'unknown' as customer_id
),

described as (
    select
        customer_ids.customer_id,
        coalesce(accounts.account_name, billing_names.customer_name, 'unknown') as customer_name,
        coalesce(accounts.segment, segments.segment, 'unknown') as segment,
        coalesce(accounts.country_code, billing_names.country_code, 'unknown') as country_code,
        coalesce(accounts.industry, 'unknown') as industry,
        coalesce(users.user_id, 'unknown') as owner_user_id,
        accounts.account_id is not null as is_account,
        cast(coalesce(billing_names.billing_customer_count, 0) as bigint) as billing_customer_count
    from customer_ids
    left join accounts on customer_ids.customer_id = accounts.account_id
    left join billing_names on customer_ids.customer_id = billing_names.customer_id
    left join users on accounts.owner_user_id = users.user_id
    left join segments
        on
            accounts.employee_count >= segments.employees_from
            and (segments.employees_to is null or accounts.employee_count < segments.employees_to)
)

select * from described
