with line_points as (
    select
        subscription_item_id,
        subscription_id,
        price_id,
        unit_amount,
        quantity,
        currency,
        billed_interval,
        billed_interval_count,
        held_from_at,
        held_from,
        billed_until,
        amount,
        last_line_id,
        case when is_proration then 1 else 0 end as precedence
    from {{ ref('stripe__subscription_item_line_points') }}
),

live_points as (
    select
        subscription_item_id,
        subscription_id,
        price_id,
        unit_amount,
        quantity,
        currency,
        billed_interval,
        billed_interval_count,
        cast(null as timestamp) as held_from_at,
        held_from,
        cast(null as date) as billed_until,
        cast(null as decimal(18, 2)) as amount,
        cast(null as string) as last_line_id,
        -- Of several unbilled versions on one day the last stands.
        1 + version_number as precedence
    from {{ ref('stripe__subscription_item_live_points') }}
),

removals as (
    select
        subscription_item_id,
        returned_on,
        deletion_seen_on
    from {{ ref('stripe__subscription_item_removals') }}
),

prices as (
    select
        price_id,
        product_id,
        case when price_type = 'one_time' then 'one_off' else recurring_interval end as billing_interval,
        case when price_type = 'one_time' then 1 else coalesce(recurring_interval_count, 1) end as billing_interval_count,
        coalesce(recurring_usage_type = 'metered', false) as is_metered
    from {{ ref('stg_stripe__price') }}
),

points as (
    select * from line_points
    union all
    select * from live_points
),

-- Several points fall on one day: what is live now stands, then a change settled inside the period, then the period's line.
daily_points as (
    select * from points
    qualify row_number() over (
        partition by subscription_item_id, held_from
        order by precedence desc, held_from_at desc nulls last, amount desc nulls last, last_line_id desc nulls last
    ) = 1
),

followed_points as (
    select
        *,
        lead(held_from) over (partition by subscription_item_id order by held_from) as next_held_from
    from daily_points
),

states as (
    select
        followed_points.subscription_item_id,
        -- Not every line names the subscription of its item.
        max(followed_points.subscription_id) over (partition by followed_points.subscription_item_id) as subscription_id,
        followed_points.price_id,
        prices.product_id,
        followed_points.unit_amount,
        followed_points.quantity,
        followed_points.currency,
        case when prices.price_id is null then followed_points.billed_interval else prices.billing_interval end as billing_interval,
        case
            when prices.price_id is null then followed_points.billed_interval_count else prices.billing_interval_count
        end as billing_interval_count,
        coalesce(prices.is_metered, false) as is_metered,
        followed_points.held_from,
        case
            when followed_points.next_held_from is not null then followed_points.next_held_from
            when removals.subscription_item_id is null then null
            -- What was unused on the very day of a change was given back for the change, not for an end.
            when removals.returned_on > followed_points.held_from then removals.returned_on
            when removals.returned_on = followed_points.held_from and followed_points.precedence = 0 then removals.returned_on
            -- The line that gives the rest of the period back comes with the next invoice only.
            when removals.deletion_seen_on >= followed_points.held_from
                then least(followed_points.billed_until, removals.deletion_seen_on)
            else followed_points.billed_until
        end as held_until
    from followed_points
    left join removals on followed_points.subscription_item_id = removals.subscription_item_id
    left join prices on followed_points.price_id = prices.price_id
)

select * from states
where held_until is null or held_from < held_until
