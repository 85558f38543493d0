{% set basis = choice('mrr_basis', ['contracted', 'invoiced']) %}

with intervals as (
    select * from {{ ref('int_subscription_items_counted' if basis == 'contracted' else 'int_invoice_lines_bridged') }}
),

discounts as (
    select
        subscription_id,
        valid_from,
        valid_to
    from {{ ref('int_subscription_discounts_chosen') }}
),

-- A fixed coupon is spread over the items of a subscription: each of their changes changes all the shares.
boundaries as (
    select
        subscription_id,
        valid_from as boundary_on
    from discounts
    union
    select
        subscription_id,
        valid_to as boundary_on
    from discounts
    union
    select
        intervals.subscription_id,
        intervals.valid_from as boundary_on
    from intervals
    inner join discounts on intervals.subscription_id = discounts.subscription_id
    union
    select
        intervals.subscription_id,
        intervals.valid_to as boundary_on
    from intervals
    inner join discounts on intervals.subscription_id = discounts.subscription_id
),

starts as (
    select
        interval_key,
        valid_from as segment_from
    from intervals
    union all
    select
        intervals.interval_key,
        boundaries.boundary_on as segment_from
    from intervals
    inner join boundaries
        on
            intervals.subscription_id = boundaries.subscription_id
            and intervals.valid_from < boundaries.boundary_on
            and (intervals.valid_to is null or intervals.valid_to > boundaries.boundary_on)
),

segments as (
    select
        interval_key,
        segment_from,
        lead(segment_from) over (partition by interval_key order by segment_from) as next_segment_from
    from starts
),

cut as (
    select
        segments.interval_key,
        intervals.subscription_item_id,
        intervals.subscription_id,
        intervals.billing_customer_id,
        intervals.product_id,
        intervals.contract_id,
        intervals.currency,
        intervals.unit_amount,
        intervals.quantity,
        intervals.annual_numerator,
        intervals.annual_denominator,
        intervals.is_signed,
        intervals.cancels_on,
        segments.segment_from,
        coalesce(segments.next_segment_from, intervals.valid_to) as segment_to
    from segments
    inner join intervals on segments.interval_key = intervals.interval_key
)

select * from cut
