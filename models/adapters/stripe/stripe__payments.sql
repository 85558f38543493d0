with charges as (
    select
        charge_id,
        customer_id,
        invoice_id,
        amount,
        currency,
        status,
        failure_code,
        created_at
    from {{ ref('stg_stripe__charge') }}
),

contracted as (
    select
        {{ source_key('stripe', 'charge_id') }} as payment_id,
        {{ source_key('stripe', 'customer_id') }} as billing_customer_id,
        {{ source_key('stripe', 'invoice_id') }} as invoice_id,
        amount,
        currency,
        status,
        failure_code as failure_reason,
        created_at as paid_at,
        {{ business_date('created_at') }} as paid_on,
        'stripe' as source_system
    from charges
)

select * from contracted
