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

bridge as (
    select
        bridge.currency,
        bridge.month_start,
        bridge.closing_mrr_amount,
        least(last_day(bridge.month_start), as_of.as_of_on) as state_on
    from {{ ref('fct_mrr_bridge_by_month') }} as bridge
    cross join {{ ref('as_of') }} as as_of
    where bridge.basis = 'daily' and bridge.conversion = 'local' and bridge.slice = 'total'
),

active as (
    select
        bridge.currency,
        bridge.month_start,
        sum(segments.mrr_amount) as active_mrr_amount
    from bridge
    inner join segments
        on
            bridge.currency = segments.currency
            and bridge.state_on >= segments.segment_from
            and (segments.segment_to is null or bridge.state_on < segments.segment_to)
    group by bridge.currency, bridge.month_start
)

select
    bridge.currency,
    bridge.month_start,
    bridge.closing_mrr_amount,
    active.active_mrr_amount
from bridge
left join active
    on
        bridge.currency = active.currency
        and bridge.month_start = active.month_start
where bridge.closing_mrr_amount <> coalesce(active.active_mrr_amount, 0)
