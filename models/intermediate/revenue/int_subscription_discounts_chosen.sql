{% set discounts = choice('mrr_discounts', ['all', 'forever_only', 'none']) %}

with discounts as (
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
    from {{ ref('input_subscription_discounts') }}
    where
        (valid_to is null or valid_from < valid_to)
        and ('{{ discounts }}' = 'all' or ('{{ discounts }}' = 'forever_only' and is_forever))
)

select * from discounts
