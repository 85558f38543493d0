with billed_lines as (
    select
        invoice_line_item_id,
        invoice_id,
        customer_id,
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
    from {{ ref('stripe__counted_lines') }}
    where is_billed
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

contracted as (
    select
        {{ source_key('stripe', "billed_lines.invoice_id || ':' || billed_lines.invoice_line_item_id") }} as invoice_line_id,
        {{ source_key('stripe', 'billed_lines.invoice_id') }} as invoice_id,
        {{ source_key('stripe', 'coalesce(billed_lines.customer_id, subscriptions.customer_id)') }} as billing_customer_id,
        {{ source_key('stripe', 'billed_lines.subscription_id') }} as subscription_id,
        {{ source_key('stripe', 'billed_lines.subscription_item_id') }} as subscription_item_id,
        {{ source_key('stripe', 'prices.product_id') }} as product_id,
        {{ source_key('salesforce', salesforce_id('subscriptions.salesforce_contract_id')) }} as contract_id,
        case
            when billed_lines.is_proration then 'proration'
            when billed_lines.amount < 0 then 'credit'
            when billed_lines.line_type = 'invoiceitem' then 'one_off'
            when prices.recurring_usage_type = 'metered' then 'metered'
            else 'recurring'
        end as line_kind,
        billed_lines.quantity,
        billed_lines.amount,
        billed_lines.currency,
        {{ business_date('billed_lines.period_started_at') }} as service_from,
        {{ business_date('billed_lines.period_ends_at') }} as service_to,
        'stripe' as source_system
    from billed_lines
    left join prices on billed_lines.price_id = prices.price_id
    left join subscriptions on billed_lines.subscription_id = subscriptions.subscription_id
)

select * from contracted
