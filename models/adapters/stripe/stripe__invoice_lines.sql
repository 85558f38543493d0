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
        status
    from {{ ref('stg_stripe__invoice') }}
),

deleted_invoices as (
    select id as invoice_id from {{ ref('base_stripe__invoice') }}
    where row_status = 'deleted'
),

prices as (
    select
        price_id,
        product_id,
        recurring_usage_type
    from {{ ref('stg_stripe__price') }}
),

subscriptions as (
    select
        subscription_id,
        customer_id,
        salesforce_contract_id
    from {{ ref('stg_stripe__subscription_history') }}
    -- Every version names customer and contract: the newest one is what is known now.
    qualify row_number() over (partition by subscription_id order by version_started_at desc) = 1
),

-- A line whose invoice is not known is billed all the same; one whose invoice was withdrawn is not.
billed as (
    select
        invoice_lines.*,
        invoices.customer_id as invoiced_customer_id,
        coalesce(invoice_lines.subscription_id, invoices.subscription_id) as billed_subscription_id
    from invoice_lines
    left join invoices on invoice_lines.invoice_id = invoices.invoice_id
    left join deleted_invoices on invoice_lines.invoice_id = deleted_invoices.invoice_id
    where
        deleted_invoices.invoice_id is null
        and coalesce(invoices.status, 'open') not in ('void', 'draft')
),

contracted as (
    select
        {{ source_key('stripe', "billed.invoice_id || ':' || billed.invoice_line_item_id") }} as invoice_line_id,
        {{ source_key('stripe', 'billed.invoice_id') }} as invoice_id,
        {{ source_key('stripe', 'coalesce(billed.invoiced_customer_id, subscriptions.customer_id)') }} as billing_customer_id,
        {{ source_key('stripe', 'billed.billed_subscription_id') }} as subscription_id,
        {{ source_key('stripe', 'billed.subscription_item_id') }} as subscription_item_id,
        {{ source_key('stripe', 'prices.product_id') }} as product_id,
        {{ source_key('salesforce', 'subscriptions.salesforce_contract_id') }} as contract_id,
        case
            when billed.is_proration then 'proration'
            when billed.amount < 0 then 'credit'
            when billed.line_type = 'invoiceitem' then 'one_off'
            when prices.recurring_usage_type = 'metered' then 'metered'
            else 'recurring'
        end as line_kind,
        billed.quantity,
        billed.amount,
        billed.currency,
        {{ business_date('billed.period_started_at') }} as service_from,
        {{ business_date('billed.period_ends_at') }} as service_to,
        'stripe' as source_system
    from billed
    left join prices on billed.price_id = prices.price_id
    left join subscriptions on billed.billed_subscription_id = subscriptions.subscription_id
)

select * from contracted
