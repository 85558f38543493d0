with payments as (
    select
        payment_id,
        invoice_id,
        amount,
        currency,
        paid_on
    from {{ ref('stripe__payments') }}
    where status = 'succeeded'
),

refunds as (
    select
        refund_id,
        payment_id,
        amount,
        refunded_on
    from {{ ref('stripe__refunds') }}
    where status = 'succeeded'
),

invoices as (
    select
        invoice_id,
        total_amount,
        total_amount - coalesce(tax_amount, 0) as net_amount
    from {{ ref('stripe__invoices') }}
    where total_amount > 0
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

-- Each movement of cash says what is left of the payment after it: a refund of the rest leaves exactly nothing.
movements as (
    select
        payment_id,
        cast(null as string) as refund_id,
        invoice_id,
        currency,
        0 as step,
        amount as kept_amount,
        paid_on as moved_on
    from payments
    union all
    select
        refunds.payment_id,
        refunds.refund_id,
        payments.invoice_id,
        payments.currency,
        row_number() over (partition by refunds.payment_id order by refunds.refunded_on, refunds.refund_id) as step,
        greatest(
            payments.amount - sum(refunds.amount) over (
                partition by refunds.payment_id order by refunds.refunded_on, refunds.refund_id
                rows between unbounded preceding and current row
            ),
            cast(0 as decimal(18, 2))
        ) as kept_amount,
        refunds.refunded_on as moved_on
    from refunds
    inner join payments on refunds.payment_id = payments.payment_id
),

cash_kept as (
    select
        movements.payment_id,
        movements.refund_id,
        movements.invoice_id,
        movements.currency,
        movements.step,
        movements.moved_on,
        currencies.minor_unit_digits,
        -- Tax is part of each payment as it is of the invoice; nobody knows it of an invoice that is not there.
        cast(
            case
                when invoices.invoice_id is null then movements.kept_amount
                when currencies.minor_unit_digits = 0
                    then {{ prorated('movements.kept_amount', 'invoices.net_amount', 'invoices.total_amount', 0) }}
                else {{ prorated('movements.kept_amount', 'invoices.net_amount', 'invoices.total_amount') }}
            end as decimal(18, 2)
        ) as kept_net_amount
    from movements
    inner join currencies on movements.currency = currencies.currency_code
    left join invoices on movements.invoice_id = invoices.invoice_id
)

select * from cash_kept
