with invoice_lines as (
    select
        invoice_line_item_id,
        invoice_id,
        subscription_id,
        subscription_item_id,
        price_id,
        line_type,
        is_proration,
        quantity,
        amount,
        currency,
        period_started_at,
        period_ends_at
    from {{ ref('stg_stripe__invoice_line_item') }}
),

invoices as (
    select
        invoice_id,
        customer_id,
        subscription_id,
        status,
        created_at
    from {{ ref('stg_stripe__invoice') }}
),

deleted_invoices as (
    select id as invoice_id from {{ ref('base_stripe__invoice') }}
    where row_status = 'deleted'
),

-- What was deleted keeps its subscription; each item has one row that is staged or deleted.
items as (
    select
        id as subscription_item_id,
        subscription_id
    from {{ ref('base_stripe__subscription_item') }}
    where row_status in ('staged', 'deleted')
),

versions as (
    select
        subscription_id,
        pause_collection_behavior,
        version_started_at,
        lead(version_started_at) over (partition by subscription_id order by version_started_at) as next_version_started_at
    from {{ ref('stg_stripe__subscription_history') }}
),

-- A line whose invoice is not known counts all the same; one whose invoice was deleted or is not out yet does not.
invoiced as (
    select
        invoice_lines.*,
        invoices.customer_id,
        coalesce(invoice_lines.subscription_id, invoices.subscription_id, items.subscription_id) as invoiced_subscription_id,
        coalesce(invoices.status = 'void', false) as is_void,
        invoices.created_at as invoiced_at
    from invoice_lines
    left join invoices on invoice_lines.invoice_id = invoices.invoice_id
    left join deleted_invoices on invoice_lines.invoice_id = deleted_invoices.invoice_id
    left join items on invoice_lines.subscription_item_id = items.subscription_item_id
    where deleted_invoices.invoice_id is null and coalesce(invoices.status, 'open') <> 'draft'
),

-- While collection is paused Stripe voids what it writes: nothing is billed, but price and quantity are what was agreed.
counted_lines as (
    select
        invoiced.invoice_line_item_id,
        invoiced.invoice_id,
        invoiced.customer_id,
        invoiced.invoiced_subscription_id as subscription_id,
        invoiced.subscription_item_id,
        invoiced.price_id,
        invoiced.line_type,
        invoiced.is_proration,
        invoiced.quantity,
        invoiced.amount,
        invoiced.currency,
        invoiced.period_started_at,
        invoiced.period_ends_at,
        not invoiced.is_void as is_billed
    from invoiced
    left join versions
        on
            invoiced.invoiced_subscription_id = versions.subscription_id
            and invoiced.invoiced_at >= versions.version_started_at
            and (versions.next_version_started_at is null or invoiced.invoiced_at < versions.next_version_started_at)
    where not invoiced.is_void or versions.pause_collection_behavior = 'void'
)

select * from counted_lines
