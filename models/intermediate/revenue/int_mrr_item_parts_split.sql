with changes as (
    select
        customer_id,
        currency,
        product_id,
        subscription_item_id,
        occurred_on,
        mrr_amount
    from {{ ref('int_mrr_changes') }}
    where mrr_amount <> 0
),

product_parts as (
    select
        customer_id,
        currency,
        period_on as occurred_on,
        product_id,
        mrr_amount as product_mrr_amount,
        transfer_mrr_amount as product_transfer_amount
    from {{ ref('int_mrr_product_parts_split') }}
    where basis = 'daily'
),

opposed as (
    select
        changes.*,
        product_parts.product_transfer_amount,
        sign(changes.mrr_amount) = sign(product_parts.product_mrr_amount) as is_along,
        case when sign(changes.mrr_amount) = sign(product_parts.product_mrr_amount) then abs(changes.mrr_amount) else 0 end as along_amount,
        case
            when product_parts.product_mrr_amount <> 0 and sign(changes.mrr_amount) <> sign(product_parts.product_mrr_amount)
                then abs(changes.mrr_amount)
            else 0
        end as against_amount
    from changes
    inner join product_parts
        on
            changes.customer_id = product_parts.customer_id
            and changes.currency = product_parts.currency
            and changes.occurred_on = product_parts.occurred_on
            and changes.product_id = product_parts.product_id
),

summed as (
    select
        *,
        sum(against_amount) over (partition by customer_id, currency, occurred_on, product_id) as moved_amount
    from opposed
),

-- First inside the product: an item that gives way to another of the same product moves nothing.
moved_inside as (
    {{ largest_remainder(
        'summed',
        [
            'customer_id', 'currency', 'occurred_on', 'product_id', 'subscription_item_id',
            'mrr_amount', 'product_transfer_amount', 'is_along', 'along_amount',
        ],
        partition_by=['customer_id', 'currency', 'occurred_on', 'product_id'],
        whole='moved_amount',
        weight='along_amount',
        tie_breaker='subscription_item_id',
        share='inside_amount'
    ) }}
),

remaining as (
    select
        *,
        along_amount - inside_amount as remaining_amount,
        case when is_along then abs(product_transfer_amount) else 0 end as between_products_amount
    from moved_inside
),

-- Then the product's own part of what went from product to product.
moved_between as (
    {{ largest_remainder(
        'remaining',
        [
            'customer_id', 'currency', 'occurred_on', 'product_id', 'subscription_item_id',
            'mrr_amount', 'is_along', 'inside_amount',
        ],
        partition_by=['customer_id', 'currency', 'occurred_on', 'product_id', 'is_along'],
        whole='between_products_amount',
        weight='remaining_amount',
        tie_breaker='subscription_item_id',
        share='between_amount'
    ) }}
),

split as (
    select
        customer_id,
        currency,
        occurred_on,
        product_id,
        subscription_item_id,
        mrr_amount,
        cast(
            case when is_along then sign(mrr_amount) * (inside_amount + between_amount) else mrr_amount end as decimal(18, 2)
        ) as transfer_mrr_amount
    from moved_between
)

select
    *,
    cast(mrr_amount - transfer_mrr_amount as decimal(18, 2)) as movement_mrr_amount
from split
