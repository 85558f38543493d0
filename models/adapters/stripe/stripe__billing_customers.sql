with customers as (
    select
        customer_id,
        salesforce_account_id,
        customer_name,
        email,
        country_code,
        currency,
        created_at
    from {{ ref('stg_stripe__customer') }}
),

contracted as (
    select
        {{ source_key('stripe', 'customer_id') }} as billing_customer_id,
        {{ source_key('salesforce', salesforce_id('salesforce_account_id')) }} as account_id,
        customer_name,
        email,
        country_code,
        currency,
        created_at,
        'stripe' as source_system
    from customers
)

select * from contracted
