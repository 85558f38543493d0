with invoices as (
    select * from {{ ref('int_invoices_contracted') }}
),

totals as (
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

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

invoiced as (
    select
        'invoice:' || invoice_id as event_key,
        'invoice' as event_type,
        cast(null as string) as reversed_event_key,
        issued_on as occurred_on,
        net_amount as amount,
        currency,
        customer_id,
        contract_id,
        source_system,
        invoice_id as source_id
    from invoices
),

-- A credit note carries the tax that its invoice does; here it counts without.
credited as (
    select
        'invoice:' || credit_notes.credit_note_id as event_key,
        'invoice' as event_type,
        'invoice:' || invoices.invoice_id as reversed_event_key,
        credit_notes.issued_on as occurred_on,
        -{{ money_share(
            'credit_notes.amount', times=[['invoices.net_amount', 2]], over=[['totals.total_amount', 2]],
            minor_unit_digits='currencies.minor_unit_digits'
        ) }} as amount,
        invoices.currency,
        invoices.customer_id,
        invoices.contract_id,
        invoices.source_system,
        credit_notes.credit_note_id as source_id
    from credit_notes
    inner join invoices on credit_notes.invoice_id = invoices.invoice_id
    inner join totals on invoices.invoice_id = totals.invoice_id
    inner join currencies on invoices.currency = currencies.currency_code
    where totals.total_amount <> 0
),

listed as (
    select * from invoiced
    union all
    select * from credited
)

select * from listed
where amount <> 0
