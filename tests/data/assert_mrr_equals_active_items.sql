-- The closing MRR of every month, found by a running sum of changes, equals the sum of the items active on its last day.
with segments as (
    select
        currency,
        segment_from,
        segment_to,
        mrr_amount
    from {{ ref('int_mrr_segments_priced') }}
    where not is_signed
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- From the calendar, not from the bridge: a currency or a month that the bridge lacks is a difference too.
months as (
    select
        calendar.month_start,
        least(calendar.month_end, as_of.as_of_on) as state_on
    from {{ ref('int_days_spanned') }} as calendar
    cross join as_of
    where calendar.day_on = calendar.month_start and calendar.month_start <= as_of.as_of_on
),

active as (
    select
        segments.currency,
        months.month_start,
        sum(segments.mrr_amount) as active_mrr_amount
    from months
    inner join segments
        on
            months.state_on >= segments.segment_from
            and (segments.segment_to is null or months.state_on < segments.segment_to)
    group by segments.currency, months.month_start
),

bridge as (
    select
        currency,
        month_start,
        closing_mrr_amount
    from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'daily' and conversion = 'local' and slice = 'total'
)

select
    coalesce(bridge.currency, active.currency) as currency,
    coalesce(bridge.month_start, active.month_start) as month_start,
    bridge.closing_mrr_amount,
    active.active_mrr_amount
from bridge
full outer join active
    on
        bridge.currency = active.currency
        and bridge.month_start = active.month_start
where coalesce(bridge.closing_mrr_amount, 0) <> coalesce(active.active_mrr_amount, 0)
