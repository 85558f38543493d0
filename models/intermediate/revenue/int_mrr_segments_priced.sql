with segments as (
    select * from {{ ref('int_recurring_intervals_cut') }}
),

discounted as (
    select * from {{ ref('int_segments_discounted') }}
),

customers as (
    select
        billing_customer_id,
        customer_id
    from {{ ref('int_customers_linked') }}
),

net as (
    select
        segments.*,
        {{ prorated('segments.unit_amount', times='segments.quantity') }} as list_period_amount,
        applied.net_period_amount as applied_period_amount,
        permanent.net_period_amount as permanent_period_amount
    from segments
    left join discounted as applied
        on
            segments.interval_key = applied.interval_key
            and segments.segment_from = applied.segment_from
            and applied.discount_set = 'applied'
    left join discounted as permanent
        on
            segments.interval_key = permanent.interval_key
            and segments.segment_from = permanent.segment_from
            and permanent.discount_set = 'permanent'
),

annualised as (
    select
        *,
        {{ prorated('coalesce(applied_period_amount, list_period_amount)', 'annual_numerator', 'annual_denominator') }}
            as annualised_amount,
        {{ prorated('coalesce(permanent_period_amount, list_period_amount)', 'annual_numerator', 'annual_denominator') }}
            as permanent_annualised_amount
    from net
),

priced as (
    select
        annualised.interval_key,
        annualised.subscription_item_id,
        annualised.subscription_id,
        -- An item of a customer that billing does not know keeps its own customer: no money depends on a join.
        coalesce(customers.customer_id, annualised.billing_customer_id, 'unknown') as customer_id,
        coalesce(annualised.product_id, 'unknown') as product_id,
        annualised.contract_id,
        annualised.currency,
        annualised.is_signed,
        annualised.cancels_on,
        annualised.segment_from,
        annualised.segment_to,
        annualised.annualised_amount,
        {{ prorated('annualised.annualised_amount', '1', '12') }} as mrr_amount,
        annualised.permanent_annualised_amount,
        {{ prorated('annualised.permanent_annualised_amount', '1', '12') }} as permanent_mrr_amount
    from annualised
    left join customers on annualised.billing_customer_id = customers.billing_customer_id
)

select * from priced
