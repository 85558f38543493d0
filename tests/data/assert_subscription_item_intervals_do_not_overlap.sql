-- An item that holds two prices on one day would be counted twice.
with followed as (
    select
        subscription_item_id,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by subscription_item_id order by valid_from) as next_valid_from
    from {{ ref('input_subscription_items') }}
)

select
    subscription_item_id,
    valid_from,
    valid_to,
    next_valid_from
from followed
where
    valid_to <= valid_from
    or (next_valid_from is not null and (valid_to is null or next_valid_from < valid_to))
