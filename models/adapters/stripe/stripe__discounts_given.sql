with discounts as (
    select
        discount_id,
        coupon_id,
        customer_id,
        subscription_id,
        {{ business_date('started_at') }} as started_on,
        {{ business_date('ended_at') }} as ended_on
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

billed_periods as (
    select
        subscription_id,
        starts_on,
        ends_on
    from {{ ref('stripe__billed_periods') }}
),

reaching as (
    select
        discounts.discount_id,
        discounts.coupon_id,
        coalesce(discounts.subscription_id, subscriptions.subscription_id) as subscription_id,
        discounts.subscription_id is not null as is_own,
        discounts.started_on,
        discounts.ended_on
    from discounts
    left join subscriptions on discounts.subscription_id is null and discounts.customer_id = subscriptions.customer_id
    where discounts.subscription_id is not null or subscriptions.subscription_id is not null
),

paired as (
    select
        reaching.discount_id,
        reaching.subscription_id,
        billed_periods.starts_on,
        billed_periods.ends_on,
        billed_periods.starts_on < reaching.started_on as is_running
    from reaching
    inner join billed_periods
        on reaching.subscription_id = billed_periods.subscription_id and reaching.started_on < billed_periods.ends_on
    where reaching.ended_on is null or billed_periods.starts_on <= reaching.ended_on
),

-- A coupon of duration `once` is used up by the next invoice: what is invoiced already costs what it did.
periods as (
    select
        discount_id,
        subscription_id,
        max(ends_on) filter (where is_running) as running_until,
        min(starts_on) filter (where not is_running) as used_from,
        min_by(ends_on, starts_on) filter (where not is_running) as used_until
    from paired
    group by discount_id, subscription_id
),

begun as (
    select
        reaching.*,
        coupons.duration,
        coupons.duration_in_months,
        coupons.percent_off,
        coupons.amount_off,
        coupons.currency,
        periods.used_until,
        case
            when coupons.duration = 'once' then coalesce(periods.used_from, periods.running_until, reaching.started_on)
            else reaching.started_on
        end as valid_from
    from reaching
    left join coupons on reaching.coupon_id = coupons.coupon_id
    left join periods on reaching.discount_id = periods.discount_id and reaching.subscription_id = periods.subscription_id
),

given as (
    select
        discount_id,
        subscription_id,
        is_own,
        percent_off,
        amount_off,
        case when amount_off is not null then currency end as currency,
        coalesce(duration = 'forever', false) as is_forever,
        valid_from,
        case
            when duration = 'once' and used_until is not null then used_until
            when ended_on is not null then ended_on
            when duration = 'once' then {{ months_later('valid_from', '1') }}
            when duration = 'repeating' then {{ months_later('valid_from', 'duration_in_months') }}
        end as valid_to
    from begun
)

select * from given
where valid_to is null or valid_from < valid_to
