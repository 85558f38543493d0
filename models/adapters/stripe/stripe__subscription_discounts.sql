with discounts as (
    select
        discount_id,
        coupon_id,
        customer_id,
        subscription_id,
        started_at,
        ended_at
    from {{ ref('stg_stripe__discount') }}
),

coupons as (
    select
        coupon_id,
        duration,
        duration_in_months,
        percent_off,
        amount_off,
        currency
    from {{ ref('stg_stripe__coupon') }}
),

subscriptions as (
    -- One row per version: a discount of the customer reaches each subscription once.
    select distinct
        subscription_id,
        customer_id
    from {{ ref('stg_stripe__subscription_history') }}
),

billing_periods as (
    select
        subscription_id,
        period_ends_at
    from {{ ref('stripe__counted_lines') }}
    -- The invoice of a free trial has nothing to take a discount off.
    where is_billed and line_type = 'subscription' and not is_proration and amount > 0
),

given_to_subscriptions as (
    select
        discount_id as subscription_discount_id,
        coupon_id,
        subscription_id,
        started_at,
        ended_at
    from discounts
    where subscription_id is not null
),

given_to_customers as (
    select
        discounts.discount_id || ':' || subscriptions.subscription_id as subscription_discount_id,
        discounts.coupon_id,
        subscriptions.subscription_id,
        discounts.started_at,
        discounts.ended_at
    from discounts
    inner join subscriptions on discounts.customer_id = subscriptions.customer_id
    -- A subscription's own discount takes the place of its customer's.
    left join given_to_subscriptions on subscriptions.subscription_id = given_to_subscriptions.subscription_id
    where discounts.subscription_id is null and given_to_subscriptions.subscription_id is null
),

given as (
    select * from given_to_subscriptions
    union all
    select * from given_to_customers
),

-- A coupon of duration `once` is used up by one invoice: it holds as long as the period which that invoice bills.
first_periods as (
    select
        given.subscription_discount_id,
        min(billing_periods.period_ends_at) as first_period_ends_at
    from given
    inner join billing_periods
        on given.subscription_id = billing_periods.subscription_id and given.started_at < billing_periods.period_ends_at
    group by given.subscription_discount_id
),

dated as (
    select
        given.subscription_discount_id,
        given.subscription_id,
        coupons.percent_off,
        coupons.amount_off,
        coupons.currency,
        coalesce(coupons.duration = 'forever', false) as is_forever,
        {{ business_date('given.started_at') }} as valid_from,
        case
            when given.ended_at is not null then {{ business_date('given.ended_at') }}
            when coupons.duration = 'once' and first_periods.first_period_ends_at is not null
                then {{ business_date('first_periods.first_period_ends_at') }}
            when coupons.duration = 'once' then {{ months_later(business_date('given.started_at'), '1') }}
            when coupons.duration = 'repeating'
                then {{ months_later(business_date('given.started_at'), 'coupons.duration_in_months') }}
        end as valid_to
    from given
    left join coupons on given.coupon_id = coupons.coupon_id
    left join first_periods on given.subscription_discount_id = first_periods.subscription_discount_id
),

contracted as (
    select
        {{ source_key('stripe', 'subscription_discount_id') }} as subscription_discount_id,
        {{ source_key('stripe', 'subscription_id') }} as subscription_id,
        cast(null as string) as subscription_item_id,
        percent_off,
        amount_off,
        case when amount_off is not null then currency end as currency,
        is_forever,
        valid_from,
        valid_to,
        'stripe' as source_system
    from dated
    where valid_to is null or valid_from < valid_to
)

select * from contracted
