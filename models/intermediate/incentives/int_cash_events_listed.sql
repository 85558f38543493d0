with allocations as (
    select
        payment_allocation_id,
        payment_id,
        refund_id,
        invoice_line_id,
        amount,
        currency,
        paid_on,
        source_system
    from {{ ref('input_payment_allocations') }}
),

payments as (
    select
        payment_id,
        billing_customer_id
    from {{ ref('input_payments') }}
),

invoice_lines as (
    select
        invoice_line_id,
        contract_id,
        product_id
    from {{ ref('input_invoice_lines') }}
),

products as (
    select
        product_id,
        product_line
    from {{ ref('input_products') }}
),

customers as (
    select
        billing_customer_id,
        customer_id
    from {{ ref('int_customers_linked') }}
),

receipts as (
    select
        payment_allocation_id,
        payment_id,
        invoice_line_id
    from allocations
    where refund_id is null
),

listed as (
    select
        'cash:' || allocations.payment_allocation_id as event_key,
        'cash' as event_type,
        -- A refund takes back what its own payment brought to the same line.
        'cash:' || receipts.payment_allocation_id as reversed_event_key,
        allocations.paid_on as occurred_on,
        allocations.amount,
        allocations.currency,
        coalesce(customers.customer_id, payments.billing_customer_id, 'unknown') as customer_id,
        invoice_lines.contract_id,
        products.product_line,
        allocations.source_system,
        allocations.payment_allocation_id as source_id
    from allocations
    left join receipts
        on
            allocations.refund_id is not null
            and allocations.payment_id = receipts.payment_id
            and coalesce(allocations.invoice_line_id, '') = coalesce(receipts.invoice_line_id, '')
    left join payments on allocations.payment_id = payments.payment_id
    left join customers on payments.billing_customer_id = customers.billing_customer_id
    left join invoice_lines on allocations.invoice_line_id = invoice_lines.invoice_line_id
    left join products on invoice_lines.product_id = products.product_id
)

select * from listed
