with line_points as (
    select
        subscription_id,
        held_from,
        billed_until
    from {{ ref('stripe__subscription_item_line_points') }}
    where subscription_id is not null
),

-- An invoice need not name the subscription that its lines name.
named as (
    select
        subscription_id,
        customer_id
    from {{ ref('stg_stripe__invoice') }}
    union all
    select
        subscription_id,
        customer_id
    from {{ ref('stripe__counted_lines') }}
),

versions as (
    select subscription_id from {{ ref('stg_stripe__subscription_history') }}
),

customers as (
    select
        subscription_id,
        max(customer_id) as customer_id
    from named
    group by subscription_id
),

-- Who is billed is served: no revenue may hang on a row that did not arrive or was quarantined.
unknown_subscriptions as (
    select
        line_points.subscription_id,
        customers.customer_id,
        cast(null as string) as salesforce_contract_id,
        'active' as status,
        cast(null as date) as cancels_on,
        min(line_points.held_from) as held_from,
        max(line_points.billed_until) as held_until
    from line_points
    left join customers on line_points.subscription_id = customers.subscription_id
    left join versions on line_points.subscription_id = versions.subscription_id
    where versions.subscription_id is null
    group by line_points.subscription_id, customers.customer_id
)

select * from unknown_subscriptions
