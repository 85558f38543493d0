-- What the churns of a month lost is what the bridge of that month shows, in every currency and in reporting currency.
with bridge as (
    select
        conversion,
        currency,
        month_start,
        churn_mrr_amount
    from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'daily' and slice = 'total'
),

churns as (
    select
        'local' as conversion,
        currency,
        month_start,
        sum(lost_mrr_amount) as lost_mrr_amount
    from {{ ref('fct_churns') }}
    group by currency, month_start
    union all
    select
        'reporting' as conversion,
        '{{ var("reporting_currency") }}' as currency,
        month_start,
        sum(reporting_lost_mrr_amount) as lost_mrr_amount
    from {{ ref('fct_churns') }}
    group by month_start
)

select
    coalesce(bridge.conversion, churns.conversion) as conversion,
    coalesce(bridge.currency, churns.currency) as currency,
    coalesce(bridge.month_start, churns.month_start) as month_start,
    bridge.churn_mrr_amount,
    churns.lost_mrr_amount
from bridge
full outer join churns
    on
        bridge.conversion = churns.conversion
        and bridge.currency = churns.currency
        and bridge.month_start = churns.month_start
where coalesce(bridge.churn_mrr_amount, 0) <> -coalesce(churns.lost_mrr_amount, 0)
