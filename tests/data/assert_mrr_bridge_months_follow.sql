-- A month opens with what the month before closed with, in every slice, and none is left out until `as_of`.
with bridge as (
    select * from {{ ref('fct_mrr_bridge_by_month') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

followed as (
    select
        *,
        lag(closing_mrr_amount) over (
            partition by basis, conversion, currency, slice, slice_value order by month_start
        ) as previous_closing_mrr_amount,
        lead(month_start) over (
            partition by basis, conversion, currency, slice, slice_value order by month_start
        ) as next_month_start
    from bridge
)

select
    followed.basis,
    followed.conversion,
    followed.currency,
    followed.slice,
    followed.slice_value,
    followed.month_start,
    followed.next_month_start,
    followed.previous_closing_mrr_amount,
    followed.opening_mrr_amount
from followed
cross join as_of
where
    followed.opening_mrr_amount <> coalesce(followed.previous_closing_mrr_amount, 0)
    or {{ months_later('followed.month_start', 1) }}
    <> coalesce(followed.next_month_start, {{ months_later(month_start('as_of.as_of_on'), 1) }})
