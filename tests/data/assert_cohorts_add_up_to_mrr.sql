-- Every customer is in one cohort: over cohorts a month shows all MRR and all customers with MRR,
-- and as many first-time customers as there are first movements.
with cohorts as (
    select
        month_start,
        sum(mrr_amount) as mrr_amount,
        sum(customer_count) as customer_count,
        sum(case when months_since = 0 then cohort_customer_count else 0 end) as first_customer_count
    from {{ ref('fct_cohort_retention') }}
    group by month_start
),

bridge as (
    select
        month_start,
        closing_mrr_amount
    from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'daily' and conversion = 'reporting' and slice = 'total'
),

metrics as (
    select
        month_start,
        customer_count
    from {{ ref('fct_mrr_metrics_by_month') }}
    where conversion = 'reporting'
),

firsts as (
    select
        {{ month_start('occurred_on') }} as month_start,
        count(distinct customer_id) as first_customer_count
    from {{ ref('fct_mrr_movements') }}
    where is_first_mrr
    group by {{ month_start('occurred_on') }}
)

select
    coalesce(bridge.month_start, cohorts.month_start) as month_start,
    cohorts.mrr_amount,
    bridge.closing_mrr_amount,
    cohorts.customer_count,
    metrics.customer_count as metrics_customer_count,
    cohorts.first_customer_count,
    firsts.first_customer_count as movements_first_customer_count
from bridge
left join metrics on bridge.month_start = metrics.month_start
left join firsts on bridge.month_start = firsts.month_start
full outer join cohorts on bridge.month_start = cohorts.month_start
where
    cohorts.mrr_amount is distinct from bridge.closing_mrr_amount
    or cohorts.customer_count is distinct from metrics.customer_count
    or cohorts.first_customer_count is distinct from coalesce(firsts.first_customer_count, 0)
