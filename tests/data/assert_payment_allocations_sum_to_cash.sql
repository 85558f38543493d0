-- What lines received is what came in, without tax, to the cent; a payment that was given back leaves nothing on any line.
with received as (
    select
        payment_id,
        sum(amount) as received_amount,
        sum(case when refund_id is null then amount else 0 end) as paid_amount
    from {{ ref('input_payment_allocations') }}
    group by payment_id
),

given_back as (
    select
        payment_id,
        sum(amount) as refunded_amount
    from {{ ref('input_refunds') }}
    where status = 'succeeded'
    group by payment_id
),

systems as (
    -- Every allocation names its system: a system in use may know payments and not say what they paid for.
    select distinct source_system from {{ ref('input_payment_allocations') }}
),

kept as (
    select
        payments.payment_id,
        payments.invoice_id,
        payments.currency,
        payments.amount as paid_amount,
        greatest(payments.amount - coalesce(given_back.refunded_amount, 0), cast(0 as decimal(18, 2))) as kept_amount
    from {{ ref('input_payments') }} as payments
    inner join systems on payments.source_system = systems.source_system
    left join given_back on payments.payment_id = given_back.payment_id
    where payments.status = 'succeeded'
),

shares as (
    select
        kept.payment_id,
        kept.paid_amount,
        kept.kept_amount,
        currencies.minor_unit_digits,
        coalesce(invoices.total_amount - coalesce(invoices.tax_amount, 0), 1) as net_amount,
        coalesce(invoices.total_amount, 1) as total_amount
    from kept
    inner join {{ ref('currencies') }} as currencies on kept.currency = currencies.currency_code
    left join {{ ref('input_invoices') }} as invoices on kept.invoice_id = invoices.invoice_id and invoices.total_amount > 0
),

expected as (
    select
        payment_id,
        case
            when minor_unit_digits = 0 then {{ prorated('paid_amount', 'net_amount', 'total_amount', 0) }}
            else {{ prorated('paid_amount', 'net_amount', 'total_amount') }}
        end as paid_amount,
        case
            when minor_unit_digits = 0 then {{ prorated('kept_amount', 'net_amount', 'total_amount', 0) }}
            else {{ prorated('kept_amount', 'net_amount', 'total_amount') }}
        end as received_amount
    from shares
)

select
    coalesce(expected.payment_id, received.payment_id) as payment_id,
    expected.paid_amount as expected_paid_amount,
    received.paid_amount,
    expected.received_amount as expected_received_amount,
    received.received_amount
from expected
full outer join received on expected.payment_id = received.payment_id
where
    expected.payment_id is null
    or expected.paid_amount <> coalesce(received.paid_amount, 0)
    or expected.received_amount <> coalesce(received.received_amount, 0)
