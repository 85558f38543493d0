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
        customer_id
    from {{ ref('stg_stripe__subscription_history') }}
    -- Every version names the customer: the newest one is what is known now.
    qualify row_number() over (partition by subscription_id order by version_started_at desc) = 1
),

named_contracts as (
    select
        subscription_id,
        salesforce_contract_id,
        held_from
    from {{ ref('stripe__subscription_statuses') }}
    where salesforce_contract_id is not null
),

-- A renewal puts the next contract in the place of the last: what was billed before stays under the one of its day.
contracts_by_day as (
    select
        subscription_id,
        salesforce_contract_id,
        case when lag(held_from) over (partition by subscription_id order by held_from) is not null then held_from end as named_from,
        lead(held_from) over (partition by subscription_id order by held_from) as named_until
    from named_contracts
),

dated_lines as (
    select
        *,
        {{ business_date('period_started_at') }} as service_from,
        {{ business_date('period_ends_at') }} as service_to
    from billed_lines
),

contracted as (
    select
        {{ source_key('stripe', "dated_lines.invoice_id || ':' || dated_lines.invoice_line_item_id") }} as invoice_line_id,
        {{ source_key('stripe', 'dated_lines.invoice_id') }} as invoice_id,
        {{ source_key('stripe', 'coalesce(dated_lines.customer_id, subscriptions.customer_id)') }} as billing_customer_id,
        {{ source_key('stripe', 'dated_lines.subscription_id') }} as subscription_id,
        {{ source_key('stripe', 'dated_lines.subscription_item_id') }} as subscription_item_id,
        {{ source_key('stripe', 'prices.product_id') }} as product_id,
        {{ source_key('salesforce', salesforce_id('contracts_by_day.salesforce_contract_id')) }} as contract_id,
        case
            when dated_lines.is_proration then 'proration'
            when dated_lines.amount < 0 then 'credit'
            when dated_lines.line_type = 'invoiceitem' then 'one_off'
            when prices.recurring_usage_type = 'metered' then 'metered'
            else 'recurring'
        end as line_kind,
        dated_lines.quantity,
        dated_lines.amount,
        dated_lines.currency,
        dated_lines.service_from,
        dated_lines.service_to,
        'stripe' as source_system
    from dated_lines
    left join prices on dated_lines.price_id = prices.price_id
    left join subscriptions on dated_lines.subscription_id = subscriptions.subscription_id
    left join contracts_by_day
        on
            dated_lines.subscription_id = contracts_by_day.subscription_id
            and (contracts_by_day.named_from is null or dated_lines.service_from >= contracts_by_day.named_from)
            and (contracts_by_day.named_until is null or dated_lines.service_from < contracts_by_day.named_until)
)

select * from contracted
