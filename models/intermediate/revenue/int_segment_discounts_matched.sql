with segments as (
    select
        interval_key,
        segment_from,
        subscription_id,
        subscription_item_id,
        currency
    from {{ ref('int_recurring_intervals_cut') }}
),

discounts as (
    select
        subscription_discount_id,
        subscription_id,
        subscription_item_id,
        percent_off,
        amount_off,
        currency,
        is_forever,
        valid_from,
        valid_to
    from {{ ref('int_subscription_discounts_chosen') }}
),

matched as (
    select
        segments.interval_key,
        segments.segment_from,
        discounts.subscription_discount_id,
        discounts.percent_off,
        -- A fixed amount in another currency takes nothing off.
        case when discounts.currency = segments.currency then discounts.amount_off end as amount_off,
        discounts.subscription_item_id is not null as is_of_item,
        discounts.is_forever
    from segments
    inner join discounts
        on
            segments.subscription_id = discounts.subscription_id
            and segments.segment_from >= discounts.valid_from
            and (discounts.valid_to is null or segments.segment_from < discounts.valid_to)
    where discounts.subscription_item_id is null or discounts.subscription_item_id = segments.subscription_item_id
),

by_set as (
    select
        interval_key,
        segment_from,
        subscription_discount_id,
        percent_off,
        amount_off,
        is_of_item,
        is_forever,
        'applied' as discount_set
    from matched
    union all
    -- What stays when every discount with an end has run out: the price that committed MRR counts.
    select
        interval_key,
        segment_from,
        subscription_discount_id,
        percent_off,
        amount_off,
        is_of_item,
        is_forever,
        'permanent' as discount_set
    from matched
    where is_forever
)

select * from by_set
