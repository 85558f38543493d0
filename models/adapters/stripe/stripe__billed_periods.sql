with billed_lines as (
    select
        subscription_id,
        {{ business_date('period_started_at') }} as starts_on,
        {{ business_date('period_ends_at') }} as ends_on
    from {{ ref('stripe__counted_lines') }}
    -- The invoice of a free trial has nothing to take a discount off.
    where is_billed and line_type = 'subscription' and not is_proration and amount > 0
),

billed_periods as (
    select
        subscription_id,
        starts_on,
        max(ends_on) as ends_on
    from billed_lines
    group by subscription_id, starts_on
)

select * from billed_periods
