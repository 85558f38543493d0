with invoices as (
    select
        invoice_id,
        customer_id,
        net_amount
    from {{ ref('int_invoices_contracted') }}
    -- What is written off was no revenue.
    where status <> 'uncollectible'
),

totals as (
    select
        invoice_id,
        total_amount
    from {{ ref('input_invoices') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- A credit note carries the tax that its invoice does; here it counts without.
credits as (
    select
        credit_notes.invoice_id,
        sum(credit_notes.amount) as credited_amount
    from {{ ref('input_credit_notes') }} as credit_notes
    cross join cutoff
    where not credit_notes.is_void and credit_notes.issued_on <= cutoff.cutoff_on
    group by credit_notes.invoice_id
),

kept as (
    select
        invoices.invoice_id,
        invoices.customer_id,
        cast(
            invoices.net_amount
            - coalesce({{ prorated('credits.credited_amount', 'invoices.net_amount', 'totals.total_amount') }}, 0) as decimal(18, 2)
        ) as kept_amount
    from invoices
    inner join totals on invoices.invoice_id = totals.invoice_id
    left join credits on invoices.invoice_id = credits.invoice_id
),

invoice_lines as (
    select
        invoice_line_id,
        invoice_id,
        product_id,
        currency,
        amount,
        service_from,
        service_to,
        sum(amount) over (partition by invoice_id) as lines_amount
    from {{ ref('input_invoice_lines') }}
),

-- Lines are listed before discounts: what the invoice comes to is theirs in proportion.
netted as (
    select
        invoice_lines.invoice_line_id,
        kept.customer_id,
        invoice_lines.product_id,
        invoice_lines.currency,
        invoice_lines.service_from,
        -- What is not for days is for its one day.
        greatest(invoice_lines.service_to, {{ days_later('invoice_lines.service_from', 1) }}) as service_to,
        cast(case
            when invoice_lines.lines_amount = 0 then invoice_lines.amount
            else {{ prorated('invoice_lines.amount', 'kept.kept_amount', 'invoice_lines.lines_amount') }}
        end as decimal(18, 2)) as net_amount
    from invoice_lines
    inner join kept on invoice_lines.invoice_id = kept.invoice_id
)

select * from netted
