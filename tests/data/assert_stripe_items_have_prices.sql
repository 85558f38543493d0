-- A live item whose price nobody knows would be left out of MRR in silence: land its price, or correct the quarantined one.
with live_items as (
    select
        subscription_item_id,
        subscription_id,
        price_id
    from {{ ref('stg_stripe__subscription_item') }}
),

statuses as (
    select subscription_id from {{ ref('stripe__subscription_statuses') }}
    where held_until is null and status not in ('ended', 'incomplete')
),

states as (
    select distinct subscription_item_id from {{ ref('stripe__subscription_item_states') }}
)

select
    live_items.subscription_item_id,
    live_items.subscription_id,
    live_items.price_id
from live_items
inner join statuses on live_items.subscription_id = statuses.subscription_id
left join states on live_items.subscription_item_id = states.subscription_item_id
where states.subscription_item_id is null
