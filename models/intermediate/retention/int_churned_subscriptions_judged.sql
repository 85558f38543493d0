{# Past due counts as MRR, so it ends none, unless the company gives days of grace. #}
{% set failing = "('unpaid')" if var('mrr_past_due_grace_days') is none else "('unpaid', 'past_due')" %}

with churns as (
    select
        customer_id,
        currency,
        occurred_on,
        returned_on
    from {{ ref('int_churns_dated') }}
),

item_parts as (
    select
        customer_id,
        currency,
        occurred_on,
        subscription_item_id,
        -mrr_amount as lost_mrr_amount
    from {{ ref('int_mrr_item_parts_split') }}
),

items as (
    select
        subscription_item_id,
        min(subscription_id) as subscription_id
    from {{ ref('int_mrr_segments_priced') }}
    group by subscription_item_id
),

intervals as (
    select
        subscription_item_id,
        status,
        valid_from,
        valid_to
    from {{ ref('input_subscription_items') }}
),

cancellations as (
    select
        subscription_id,
        cancelled_on,
        reason,
        is_payment_failure
    from {{ ref('input_subscription_cancellations') }}
    -- Without either, somebody noted an end and said nothing about it.
    where reason is not null or is_payment_failure is not null
),

lost_items as (
    select
        churns.customer_id,
        churns.currency,
        churns.occurred_on,
        churns.returned_on,
        items.subscription_id,
        item_parts.lost_mrr_amount,
        coalesce(intervals.status in {{ failing }}, false) as is_unpaid
    from churns
    inner join item_parts
        on
            churns.customer_id = item_parts.customer_id
            and churns.currency = item_parts.currency
            and churns.occurred_on = item_parts.occurred_on
    inner join items on item_parts.subscription_item_id = items.subscription_item_id
    left join intervals
        on
            item_parts.subscription_item_id = intervals.subscription_item_id
            and item_parts.occurred_on >= intervals.valid_from
            and (intervals.valid_to is null or item_parts.occurred_on < intervals.valid_to)
),

lost_subscriptions as (
    select
        customer_id,
        currency,
        occurred_on,
        returned_on,
        subscription_id,
        cast(sum(lost_mrr_amount) as decimal(18, 2)) as lost_mrr_amount,
        count(case when is_unpaid then 1 end) > 0 as is_unpaid
    from lost_items
    group by customer_id, currency, occurred_on, returned_on, subscription_id
),

judged as (
    select
        lost_subscriptions.customer_id,
        lost_subscriptions.currency,
        lost_subscriptions.occurred_on,
        lost_subscriptions.subscription_id,
        lost_subscriptions.lost_mrr_amount,
        cancellations.reason as churn_reason,
        case
            when cancellations.is_payment_failure or lost_subscriptions.is_unpaid then 'involuntary'
            when cancellations.subscription_id is not null then 'voluntary'
        end as stated_kind
    from lost_subscriptions
    left join cancellations
        on
            lost_subscriptions.subscription_id = cancellations.subscription_id
            -- A subscription that was paused, came back and was cancelled later lost its MRR twice, and said why once.
            and (lost_subscriptions.returned_on is null or lost_subscriptions.returned_on >= cancellations.cancelled_on)
)

select * from judged
