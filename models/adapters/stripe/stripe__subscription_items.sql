with item_states as (
    select * from {{ ref('stripe__subscription_item_states') }}
),

statuses as (
    select * from {{ ref('stripe__subscription_statuses') }}
),

item_statuses as (
    select
        item_states.subscription_item_id,
        item_states.subscription_id,
        statuses.customer_id,
        item_states.product_id,
        {{ salesforce_id('statuses.salesforce_contract_id') }} as salesforce_contract_id,
        statuses.status,
        item_states.unit_amount,
        item_states.quantity,
        item_states.currency,
        item_states.billing_interval,
        item_states.billing_interval_count,
        item_states.is_metered,
        statuses.cancels_on,
        greatest(item_states.held_from, statuses.held_from) as valid_from,
        least(item_states.held_until, statuses.held_until) as valid_to
    from item_states
    inner join statuses
        on
            item_states.subscription_id = statuses.subscription_id
            and (item_states.held_until is null or item_states.held_until > statuses.held_from)
            and (statuses.held_until is null or item_states.held_from < statuses.held_until)
),

described as (
    select
        *,
        concat_ws(
            '|',
            coalesce(customer_id, ''),
            coalesce(product_id, ''),
            coalesce(salesforce_contract_id, ''),
            status,
            unit_amount,
            quantity,
            currency,
            billing_interval,
            billing_interval_count,
            is_metered,
            coalesce(cast(cancels_on as string), '')
        ) as what_holds
    from item_statuses
),

compared as (
    select
        *,
        lag(what_holds) over (partition by subscription_item_id order by valid_from) as held_before,
        lag(valid_to) over (partition by subscription_item_id order by valid_from) as held_before_until
    from described
),

-- A renewal or an invoice at the same price changes nothing: what holds on is one interval.
numbered as (
    select
        *,
        sum(case when what_holds = held_before and valid_from = held_before_until then 0 else 1 end)
            over (partition by subscription_item_id order by valid_from) as interval_number
    from compared
),

intervals as (
    select
        subscription_item_id,
        subscription_id,
        customer_id,
        product_id,
        salesforce_contract_id,
        status,
        unit_amount,
        quantity,
        currency,
        billing_interval,
        billing_interval_count,
        is_metered,
        cancels_on,
        min(valid_from) as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to
    from numbered
    group by
        subscription_item_id, interval_number, subscription_id, customer_id, product_id, salesforce_contract_id, status,
        unit_amount, quantity, currency, billing_interval, billing_interval_count, is_metered, cancels_on
),

contracted as (
    select
        {{ source_key('stripe', "subscription_item_id || ':' || cast(valid_from as string)") }} as subscription_item_interval_id,
        {{ source_key('stripe', 'subscription_item_id') }} as subscription_item_id,
        {{ source_key('stripe', 'subscription_id') }} as subscription_id,
        {{ source_key('stripe', 'customer_id') }} as billing_customer_id,
        {{ source_key('stripe', 'product_id') }} as product_id,
        {{ source_key('salesforce', 'salesforce_contract_id') }} as contract_id,
        status,
        unit_amount,
        quantity,
        currency,
        billing_interval,
        billing_interval_count,
        is_metered,
        valid_from,
        valid_to,
        cancels_on,
        'stripe' as source_system
    from intervals
)

select * from contracted
