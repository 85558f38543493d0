with segments as (
    select * from {{ ref('int_recurring_intervals_cut') }}
),

percents as (
    select * from {{ ref('int_segment_percents_compounded') }}
),

discounts as (
    select * from {{ ref('int_segment_discounts_matched') }}
),

fixed_amounts as (
    select
        interval_key,
        segment_from,
        discount_set,
        coalesce(sum(amount_off) filter (where is_of_item), 0) as item_amount_off,
        coalesce(sum(amount_off) filter (where not is_of_item), 0) as subscription_amount_off
    from discounts
    group by interval_key, segment_from, discount_set
),

after_percents as (
    select
        segments.interval_key,
        segments.segment_from,
        segments.subscription_id,
        segments.subscription_item_id,
        segments.currency,
        fixed_amounts.discount_set,
        fixed_amounts.item_amount_off,
        fixed_amounts.subscription_amount_off,
        {{ prorated('segments.unit_amount', 'coalesce(percents.remaining_factor, 1)', times='segments.quantity') }} as period_amount
    from fixed_amounts
    inner join segments
        on
            fixed_amounts.interval_key = segments.interval_key
            and fixed_amounts.segment_from = segments.segment_from
    left join percents
        on
            fixed_amounts.interval_key = percents.interval_key
            and fixed_amounts.segment_from = percents.segment_from
            and fixed_amounts.discount_set = percents.discount_set
),

after_item_amounts as (
    select
        *,
        greatest(period_amount - item_amount_off, 0) as item_period_amount
    from after_percents
),

capped as (
    select
        *,
        least(
            subscription_amount_off,
            sum(item_period_amount) over (partition by subscription_id, currency, discount_set, segment_from)
        ) as shared_amount_off
    from after_item_amounts
),

shared as (
    {{ largest_remainder(
        'capped',
        ['interval_key', 'segment_from', 'discount_set', 'item_period_amount'],
        partition_by=['subscription_id', 'currency', 'discount_set', 'segment_from'],
        whole='shared_amount_off',
        weight='item_period_amount',
        tie_breaker='subscription_item_id',
        share='share_amount_off'
    ) }}
),

discounted as (
    select
        interval_key,
        segment_from,
        discount_set,
        cast(item_period_amount - share_amount_off as decimal(18, 2)) as net_period_amount
    from shared
)

select * from discounted
