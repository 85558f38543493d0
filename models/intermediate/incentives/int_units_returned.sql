with units_sold as (
    select * from {{ ref('int_units_sold') }}
),

invoices as (
    select
        invoice_id,
        total_amount
    from {{ ref('input_invoices') }}
),

credit_notes as (
    select
        credit_note_id,
        invoice_id,
        amount,
        issued_on
    from {{ ref('input_credit_notes') }}
    where not is_void
),

allocations as (
    select
        payment_allocation_id,
        invoice_line_id,
        refund_id,
        amount,
        paid_on
    from {{ ref('input_payment_allocations') }}
),

-- What may undo a sale: credit for its invoice, or its money given back.
happenings as (
    select
        units_sold.invoice_line_id,
        credit_notes.credit_note_id as happening_id,
        credit_notes.issued_on as happened_on,
        credit_notes.amount as credited_amount,
        0 as paid_amount,
        0 as refunded_amount
    from credit_notes
    inner join units_sold on credit_notes.invoice_id = units_sold.invoice_id
    union all
    select
        invoice_line_id,
        payment_allocation_id as happening_id,
        paid_on as happened_on,
        0 as credited_amount,
        case when refund_id is null then amount else 0 end as paid_amount,
        case when refund_id is not null then -amount else 0 end as refunded_amount
    from allocations
),

running as (
    select
        units_sold.*,
        happenings.happening_id,
        happenings.happened_on,
        invoices.total_amount,
        sum(happenings.credited_amount) over so_far as credited_to_date,
        sum(happenings.paid_amount) over so_far as paid_to_date,
        sum(happenings.refunded_amount) over so_far as refunded_to_date
    from happenings
    inner join units_sold on happenings.invoice_line_id = units_sold.invoice_line_id
    inner join invoices on units_sold.invoice_id = invoices.invoice_id
    window so_far as (
        partition by happenings.invoice_line_id
        order by happenings.happened_on, happenings.happening_id
        rows unbounded preceding
    )
),

-- A credit note and the refund that pays it out are one return, not two.
returned as (
    select
        *,
        least(unit_count, greatest(
            {{ prorated('unit_count', 'credited_to_date', 'total_amount', 6) }},
            {{ prorated('unit_count', 'refunded_to_date', 'paid_to_date', 6) }},
            0
        )) as units_returned
    from running
),

stepped as (
    select
        invoice_line_id,
        happening_id,
        happened_on,
        customer_id,
        contract_id,
        product_line,
        source_system,
        units_returned,
        units_returned - coalesce(lag(units_returned) over (
            partition by invoice_line_id order by happened_on, happening_id
        ), 0) as units_returned_now
    from returned
)

select * from stepped
where units_returned_now <> 0
