with invoices as (
    select
        invoice_id,
        billing_customer_id,
        currency,
        total_amount - coalesce(tax_amount, 0) as net_amount,
        issued_on,
        due_on,
        status,
        source_system
    from {{ ref('input_invoices') }}
    where status in ('open', 'paid', 'uncollectible')
),

invoice_lines as (
    select
        invoice_id,
        contract_id
    from {{ ref('input_invoice_lines') }}
),

customers as (
    select
        billing_customer_id,
        customer_id
    from {{ ref('int_customers_linked') }}
),

-- An invoice over several contracts belongs to none of them as a whole.
single_contracts as (
    select
        invoice_id,
        min(contract_id) as contract_id
    from invoice_lines
    group by invoice_id
    having min(contract_id) = max(contract_id) and count(contract_id) = count(*)
),

contracted as (
    select
        invoices.invoice_id,
        coalesce(customers.customer_id, invoices.billing_customer_id, 'unknown') as customer_id,
        single_contracts.contract_id,
        invoices.currency,
        cast(invoices.net_amount as decimal(18, 2)) as net_amount,
        invoices.issued_on,
        invoices.due_on,
        invoices.status,
        invoices.source_system
    from invoices
    left join customers on invoices.billing_customer_id = customers.billing_customer_id
    left join single_contracts on invoices.invoice_id = single_contracts.invoice_id
)

select * from contracted
