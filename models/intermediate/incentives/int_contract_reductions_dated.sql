with invoices as (
    select * from {{ ref('int_invoices_contracted') }}
),

totals as (
    select
        invoice_id,
        total_amount,
        remaining_amount
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

invoice_lines as (
    select
        invoice_id,
        contract_id,
        amount
    from {{ ref('input_invoice_lines') }}
),

contracts as (
    select
        contract_id,
        currency
    from {{ ref('int_contracts_linked') }}
),

rates as (
    select * from {{ ref('int_pay_rates_by_month') }}
    where rate_type = 'month'
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- Billing names no day on which it gave an invoice up: it counts from the day on which the money was due.
reductions as (
    select
        credit_note_id as reduction_key,
        invoice_id,
        amount,
        issued_on as reduced_on
    from credit_notes
    union all
    select
        invoices.invoice_id as reduction_key,
        invoices.invoice_id,
        totals.remaining_amount as amount,
        coalesce(invoices.due_on, invoices.issued_on) as reduced_on
    from invoices
    inner join totals on invoices.invoice_id = totals.invoice_id
    where invoices.status = 'uncollectible' and totals.remaining_amount <> 0
),

line_sums as (
    select
        invoice_id,
        contract_id,
        sum(amount) as contract_lines_amount,
        sum(sum(amount)) over (partition by invoice_id) as lines_amount
    from invoice_lines
    group by invoice_id, contract_id
),

shared as (
    select
        reductions.reduction_key,
        line_sums.contract_id,
        invoices.currency as invoice_currency,
        contracts.currency,
        reductions.reduced_on,
        {{ month_start('invoices.issued_on') }} as rate_month_start,
        -- Both carry the tax that their invoice does, and a contract bears its part of the lines.
        coalesce({{ money_share(
            'reductions.amount',
            times=[['invoices.net_amount', 2], ['line_sums.contract_lines_amount', 2]],
            over=[['totals.total_amount', 2], ['line_sums.lines_amount', 2]]
        ) }}, 0) as amount
    from reductions
    inner join invoices on reductions.invoice_id = invoices.invoice_id
    inner join totals on reductions.invoice_id = totals.invoice_id
    inner join line_sums on reductions.invoice_id = line_sums.invoice_id
    inner join contracts on line_sums.contract_id = contracts.contract_id
    cross join cutoff
    where reductions.reduced_on <= cutoff.cutoff_on
),

converted as (
    select
        shared.reduction_key,
        shared.contract_id,
        shared.reduced_on,
        case
            when shared.invoice_currency = shared.currency then shared.amount
            else {{ prorated('shared.amount', 'rates.rate') }}
        end as amount
    from shared
    left join rates
        on
            shared.invoice_currency = rates.from_currency
            and shared.currency = rates.to_currency
            and shared.rate_month_start = rates.month_start
)

select * from converted
