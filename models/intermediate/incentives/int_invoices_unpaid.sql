with invoices as (
    select * from {{ ref('int_invoices_contracted') }}
),

totals as (
    select
        invoice_id,
        total_amount
    from {{ ref('input_invoices') }}
),

invoice_lines as (
    select
        invoice_line_id,
        invoice_id
    from {{ ref('input_invoice_lines') }}
),

receipts as (
    select
        invoice_line_id,
        amount,
        paid_on
    from {{ ref('input_payment_allocations') }}
    where refund_id is null
),

credit_notes as (
    select
        invoice_id,
        amount,
        issued_on
    from {{ ref('input_credit_notes') }}
    where not is_void
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

received as (
    select
        invoice_lines.invoice_id,
        sum(case when receipts.paid_on <= cutoff.cutoff_on then receipts.amount else 0 end) as received_amount,
        sum(case when receipts.paid_on > cutoff.cutoff_on then receipts.amount else 0 end) as later_amount
    from receipts
    cross join cutoff
    inner join invoice_lines on receipts.invoice_line_id = invoice_lines.invoice_line_id
    group by invoice_lines.invoice_id
),

credited as (
    select
        credit_notes.invoice_id,
        sum(case when credit_notes.issued_on <= cutoff.cutoff_on then credit_notes.amount else 0 end) as credited_amount,
        sum(case when credit_notes.issued_on > cutoff.cutoff_on then credit_notes.amount else 0 end) as later_amount
    from credit_notes
    cross join cutoff
    group by credit_notes.invoice_id
),

-- What is charged at once has no day on which it is due: it is due when it is written.
open_at_cutoff as (
    select
        invoices.invoice_id,
        invoices.customer_id,
        invoices.currency,
        coalesce(invoices.due_on, invoices.issued_on) as due_on
    from invoices
    inner join totals on invoices.invoice_id = totals.invoice_id
    cross join cutoff
    left join received on invoices.invoice_id = received.invoice_id
    left join credited on invoices.invoice_id = credited.invoice_id
    where
        invoices.issued_on <= cutoff.cutoff_on
        and invoices.net_amount - coalesce(received.received_amount, 0) - coalesce(
            {{ prorated('credited.credited_amount', 'invoices.net_amount', 'totals.total_amount') }}, 0
        ) > 0
        -- Billing may say that it is paid from a balance; it was not yet where what closed it came after the cutoff.
        and (invoices.status <> 'paid' or coalesce(received.later_amount, 0) > 0 or coalesce(credited.later_amount, 0) > 0)
)

select * from open_at_cutoff
