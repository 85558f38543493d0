with invoice_lines as (
    select
        invoice_line_id,
        subscription_item_id,
        subscription_id,
        billing_customer_id,
        product_id,
        contract_id,
        line_kind,
        currency,
        amount,
        service_from,
        service_to
    from {{ ref('input_invoice_lines') }}
    where subscription_item_id is not null and service_from < service_to
),

-- A tiered price bills one line per tier of the same period: together they are the price.
recurring_lines as (
    select
        min(invoice_line_id) as invoice_line_id,
        subscription_item_id,
        min_by(subscription_id, invoice_line_id) filter (where subscription_id is not null) as subscription_id,
        min_by(billing_customer_id, invoice_line_id) filter (where billing_customer_id is not null) as billing_customer_id,
        min_by(product_id, invoice_line_id) filter (where product_id is not null) as product_id,
        min_by(contract_id, invoice_line_id) filter (where contract_id is not null) as contract_id,
        currency,
        cast(sum(amount) as decimal(18, 2)) as amount,
        service_from,
        service_to
    from invoice_lines
    where line_kind in ('recurring'{{ ", 'metered'" if var('mrr_metered') }})
    group by subscription_item_id, currency, service_from, service_to
),

recurring as (
    select
        *,
        lag(service_from) over (partition by subscription_item_id order by service_from, invoice_line_id) as previous_service_from
    from recurring_lines
),

prorations as (
    select
        subscription_item_id,
        line_kind,
        amount,
        service_from,
        service_to
    from invoice_lines
    where line_kind in ('proration', 'credit')
),

-- The charge for the rest of a period says on which day the next period's price began to hold.
started as (
    select
        recurring.invoice_line_id,
        max(prorations.service_from) as moved_to
    from recurring
    inner join prorations
        on
            recurring.subscription_item_id = prorations.subscription_item_id
            and recurring.service_from = prorations.service_to
            and (recurring.previous_service_from is null or recurring.previous_service_from < prorations.service_from)
    where prorations.line_kind = 'proration' and prorations.amount > 0
    group by recurring.invoice_line_id
),

changed as (
    -- One row a day: a day may charge an item anew on several lines.
    select distinct
        subscription_item_id,
        service_from
    from prorations
    where line_kind = 'proration' and amount > 0
),

-- A credit for the rest of the last period says on which day service ended; with a new charge from that day it is a change of price.
stopped as (
    select
        recurring.invoice_line_id,
        max(prorations.service_from) as moved_to
    from recurring
    inner join prorations
        on
            recurring.subscription_item_id = prorations.subscription_item_id
            and recurring.service_from < prorations.service_from
            and recurring.service_to > prorations.service_from
    left join changed
        on
            prorations.subscription_item_id = changed.subscription_item_id
            and prorations.service_from = changed.service_from
    where prorations.amount < 0 and changed.subscription_item_id is null
    group by recurring.invoice_line_id
),

moved as (
    select
        recurring.*,
        coalesce(started.moved_to, recurring.service_from) as valid_from,
        stopped.moved_to as stopped_on
    from recurring
    left join started on recurring.invoice_line_id = started.invoice_line_id
    left join stopped on recurring.invoice_line_id = stopped.invoice_line_id
)

select * from moved
