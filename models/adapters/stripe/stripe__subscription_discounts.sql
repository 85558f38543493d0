with discounts_given as (
    select
        discount_id,
        subscription_id,
        is_own,
        percent_off,
        amount_off,
        currency,
        is_forever,
        valid_from,
        valid_to
    from {{ ref('stripe__discounts_given') }}
),

own_spans as (
    select
        subscription_id,
        min(valid_from) as first_from,
        case when count(*) = count(valid_to) then max(valid_to) end as last_until
    from discounts_given
    where is_own
    group by subscription_id
),

compared as (
    select
        discounts_given.*,
        own_spans.first_from,
        own_spans.last_until
    from discounts_given
    left join own_spans on discounts_given.subscription_id = own_spans.subscription_id
),

-- From the first to the last of them a subscription's own discounts take the place of its customer's, not before and after.
stretches as (
    select
        discount_id as subscription_discount_id,
        subscription_id,
        percent_off,
        amount_off,
        currency,
        is_forever,
        valid_from,
        valid_to
    from compared
    where is_own
    union all
    select
        discount_id || ':' || subscription_id as subscription_discount_id,
        subscription_id,
        percent_off,
        amount_off,
        currency,
        is_forever,
        valid_from,
        least(valid_to, first_from) as valid_to
    from compared
    where not is_own and (first_from is null or valid_from < first_from)
    union all
    select
        discount_id || ':' || subscription_id || ':after' as subscription_discount_id,
        subscription_id,
        percent_off,
        amount_off,
        currency,
        is_forever,
        greatest(valid_from, last_until) as valid_from,
        valid_to
    from compared
    where not is_own and last_until is not null and (valid_to is null or valid_to > last_until)
),

contracted as (
    select
        {{ source_key('stripe', 'subscription_discount_id') }} as subscription_discount_id,
        {{ source_key('stripe', 'subscription_id') }} as subscription_id,
        cast(null as string) as subscription_item_id,
        percent_off,
        amount_off,
        currency,
        is_forever,
        valid_from,
        valid_to,
        'stripe' as source_system
    from stretches
)

select * from contracted
