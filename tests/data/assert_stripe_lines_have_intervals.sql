-- An item that is billed and has no interval is revenue left out of MRR in silence: nothing says whose or what it is.
with billed_items as (
    select
        subscription_item_id,
        currency,
        max(subscription_id) as subscription_id,
        sum(amount) as billed_amount
    from {{ ref('stripe__counted_lines') }}
    where
        line_type = 'subscription'
        and not is_proration
        and amount > 0
        -- What begins and ends on one day is no rate of anything.
        and {{ business_date('period_started_at') }} < {{ business_date('period_ends_at') }}
    group by subscription_item_id, currency
),

intervals as (
    -- One row per interval: any one of them will do.
    select distinct subscription_item_id from {{ ref('stripe__subscription_items') }}
)

select
    billed_items.subscription_item_id,
    billed_items.subscription_id,
    billed_items.currency,
    billed_items.billed_amount
from billed_items
left join intervals on {{ source_key('stripe', 'billed_items.subscription_item_id') }} = intervals.subscription_item_id
where intervals.subscription_item_id is null
