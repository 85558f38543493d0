with invoice_lines as (
    select
        invoice_line_item_id,
        invoice_id,
        subscription_id,
        subscription_item_id,
        price_id,
        is_proration,
        coalesce(quantity, 1) as quantity,
        amount,
        currency,
        period_started_at as held_from_at,
        {{ business_date('period_started_at') }} as held_from,
        {{ business_date('period_ends_at') }} as billed_until
    from {{ ref('stripe__counted_lines') }}
    where
        subscription_item_id is not null
        and amount >= 0
        and (is_proration or line_type = 'subscription')
),

prices as (
    select
        price_id,
        unit_amount
    from {{ ref('stg_stripe__price') }}
),

-- A tiered price bills one line per tier, all from one second on: together they say what the item costs.
billed as (
    select
        subscription_item_id,
        price_id,
        is_proration,
        currency,
        held_from_at,
        held_from,
        billed_until,
        max(subscription_id) as subscription_id,
        max(invoice_line_item_id) as last_line_id,
        cast(sum(quantity) as decimal(18, 6)) as quantity,
        cast(sum(amount) as decimal(18, 2)) as amount,
        {{ whole_months_between('held_from', 'billed_until') }} as billed_months,
        {{ days_between('held_from', 'billed_until') }} as billed_days
    from invoice_lines
    group by invoice_id, subscription_item_id, price_id, is_proration, currency, held_from_at, held_from, billed_until
),

line_points as (
    select
        billed.subscription_item_id,
        billed.subscription_id,
        billed.price_id,
        billed.is_proration,
        -- Where there is no unit price a whole period's line is the price; the part that a proration line bills is not.
        coalesce(
            prices.unit_amount,
            case when not billed.is_proration then cast(billed.amount as decimal(18, 6)) end
        ) as unit_amount,
        case when prices.unit_amount is null then cast(1 as decimal(18, 6)) else billed.quantity end as quantity,
        billed.quantity as billed_quantity,
        billed.currency,
        case when billed.billed_months > 0 then 'month' else 'day' end as billed_interval,
        case when billed.billed_months > 0 then billed.billed_months else greatest(billed.billed_days, 1) end as billed_interval_count,
        billed.held_from_at,
        billed.held_from,
        billed.billed_until,
        billed.amount,
        billed.last_line_id
    from billed
    left join prices on billed.price_id = prices.price_id
)

select * from line_points
where unit_amount is not null
