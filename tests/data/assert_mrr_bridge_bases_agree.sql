-- Daily and month-end movements tell the same month in two ways: both close to the same MRR.
with bridge as (
    select * from {{ ref('fct_mrr_bridge_by_month') }}
),

daily as (
    select * from bridge
    where basis = 'daily'
),

month_end as (
    select * from bridge
    where basis = 'month_end'
)

select
    daily.conversion,
    daily.currency,
    daily.slice,
    daily.slice_value,
    daily.month_start,
    daily.closing_mrr_amount,
    month_end.closing_mrr_amount as month_end_closing_mrr_amount
from daily
full outer join month_end
    on
        daily.conversion = month_end.conversion
        and daily.currency = month_end.currency
        and daily.slice = month_end.slice
        and daily.slice_value = month_end.slice_value
        and daily.month_start = month_end.month_start
where
    daily.closing_mrr_amount is distinct from month_end.closing_mrr_amount
    or daily.opening_mrr_amount is distinct from month_end.opening_mrr_amount
