with segments as (
    select
        customer_id,
        currency,
        product_id,
        subscription_item_id,
        segment_from,
        segment_to,
        mrr_amount,
        annualised_amount
    from {{ ref('int_mrr_segments_priced') }}
    where not is_signed
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

starts_and_ends as (
    select
        customer_id,
        currency,
        product_id,
        subscription_item_id,
        segment_from as occurred_on,
        mrr_amount,
        annualised_amount
    from segments
    union all
    select
        customer_id,
        currency,
        product_id,
        subscription_item_id,
        segment_to as occurred_on,
        -mrr_amount as mrr_amount,
        -annualised_amount as annualised_amount
    from segments
    where segment_to is not null
),

-- A new price that begins on the day the old one ends is one change, of the difference.
changes as (
    select
        starts_and_ends.customer_id,
        starts_and_ends.currency,
        starts_and_ends.product_id,
        starts_and_ends.subscription_item_id,
        starts_and_ends.occurred_on,
        cast(sum(starts_and_ends.mrr_amount) as decimal(18, 2)) as mrr_amount,
        cast(sum(starts_and_ends.annualised_amount) as decimal(18, 2)) as annualised_amount
    from starts_and_ends
    cross join as_of
    -- Nothing is dated after what is known: an end that lies ahead leaves the interval open.
    where starts_and_ends.occurred_on <= as_of.as_of_on
    group by
        starts_and_ends.customer_id,
        starts_and_ends.currency,
        starts_and_ends.product_id,
        starts_and_ends.subscription_item_id,
        starts_and_ends.occurred_on
    having sum(starts_and_ends.mrr_amount) <> 0 or sum(starts_and_ends.annualised_amount) <> 0
)

select * from changes
