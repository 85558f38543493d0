-- A month opens with what the month before closed with, in local currency and converted, in every slice.
with bridge as (
    select * from {{ ref('fct_mrr_bridge_by_month') }}
),

followed as (
    select
        *,
        lag(closing_mrr_amount) over (
            partition by basis, conversion, currency, slice, slice_value order by month_start
        ) as previous_closing_mrr_amount
    from bridge
)

select
    basis,
    conversion,
    currency,
    slice,
    slice_value,
    month_start,
    previous_closing_mrr_amount,
    opening_mrr_amount
from followed
where opening_mrr_amount <> coalesce(previous_closing_mrr_amount, 0)
