with invoices as (
    select
        invoice_id,
        customer_id,
        subscription_id,
        invoice_number,
        status,
        currency,
        subtotal_amount,
        tax_amount,
        total_amount,
        paid_amount,
        remaining_amount,
        created_at,
        due_at
    from {{ ref('stg_stripe__invoice') }}
),

contracted as (
    select
        {{ source_key('stripe', 'invoice_id') }} as invoice_id,
        {{ source_key('stripe', 'customer_id') }} as billing_customer_id,
        {{ source_key('stripe', 'subscription_id') }} as subscription_id,
        invoice_number,
        status,
        currency,
        subtotal_amount,
        tax_amount,
        total_amount,
        paid_amount,
        remaining_amount,
        {{ business_date('created_at') }} as issued_on,
        {{ business_date('due_at') }} as due_on,
        'stripe' as source_system
    from invoices
)

select * from contracted
