with usage as (
    select
        customer_reference,
        used_on,
        active_user_count,
        licensed_user_count
    from {{ ref('input_product_usage') }}
),

linked_customers as (
    select
        billing_customer_id,
        customer_id
    from {{ ref('int_customers_linked') }}
),

quarters as (
    select * from {{ ref('int_customer_quarters_spanned') }}
),

placed as (
    select
        -- A billing customer that is linked to an account, else the account itself.
        coalesce(linked_customers.customer_id, usage.customer_reference) as customer_id,
        usage.used_on,
        usage.active_user_count,
        usage.licensed_user_count
    from usage
    left join linked_customers on usage.customer_reference = linked_customers.billing_customer_id
),

summed as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        cast(sum(placed.active_user_count) as bigint) as active_user_count,
        cast(sum(placed.licensed_user_count) as bigint) as licensed_user_count
    from quarters
    inner join placed
        on
            quarters.customer_id = placed.customer_id
            and placed.used_on between quarters.quarter_start and quarters.state_on
    group by quarters.customer_id, quarters.quarter_start
),

measured as (
    select
        customer_id,
        quarter_start,
        'usage' as component,
        {{ prorated('active_user_count', '1', 'licensed_user_count', 6) }} as component_value
    from summed
    where licensed_user_count > 0
)

select * from measured
