with invoices as (
    select
        invoice_id,
        customer_id,
        issued_on,
        source_system
    from {{ ref('int_invoices_contracted') }}
),

-- Free and used-up units are not sold by anybody.
invoice_lines as (
    select
        invoice_line_id,
        invoice_id,
        subscription_item_id,
        product_id,
        contract_id,
        quantity,
        service_from
    from {{ ref('input_invoice_lines') }}
    where line_kind in ('recurring', 'proration', 'one_off') and amount > 0 and quantity > 0
),

products as (
    select
        product_id,
        product_line
    from {{ ref('input_products') }}
),

-- A subscription is billed again and again: sold is what goes beyond the most that it was billed for before.
billed as (
    select
        invoice_lines.*,
        invoices.customer_id,
        invoices.issued_on as sold_on,
        invoices.source_system,
        products.product_line,
        max(invoice_lines.quantity) over (
            partition by coalesce(invoice_lines.subscription_item_id, invoice_lines.invoice_line_id)
            order by invoices.issued_on, invoice_lines.service_from, invoice_lines.invoice_line_id
            rows between unbounded preceding and 1 preceding
        ) as quantity_before
    from invoice_lines
    inner join invoices on invoice_lines.invoice_id = invoices.invoice_id
    left join products on invoice_lines.product_id = products.product_id
),

sold as (
    select
        invoice_line_id,
        invoice_id,
        customer_id,
        contract_id,
        product_line,
        sold_on,
        cast(quantity - coalesce(quantity_before, 0) as decimal(18, 6)) as unit_count,
        source_system
    from billed
    where quantity > coalesce(quantity_before, 0)
)

select * from sold
