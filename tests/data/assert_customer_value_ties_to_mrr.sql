-- Customer value speaks of all MRR that the metrics of MRR show, today by customer, and in each full month, with all customers, by segment.
with as_of as (
    select as_of_on from {{ ref('as_of') }}
),

metrics as (
    select
        month_start,
        mrr_amount,
        customer_count,
        is_partial
    from {{ ref('fct_mrr_metrics_by_month') }}
    where conversion = 'reporting'
),

by_customer as (
    select
        {{ month_start('as_of.as_of_on') }} as month_start,
        sum(customer_values.mrr_amount) as mrr_amount
    from {{ ref('fct_customer_value') }} as customer_values
    cross join as_of
    group by {{ month_start('as_of.as_of_on') }}
),

by_month as (
    select
        case when segment = 'all' then 'all' else 'segments' end as what,
        month_start,
        sum(mrr_amount) as mrr_amount,
        sum(customer_count) as customer_count
    from {{ ref('fct_customer_value_by_segment_month') }}
    group by case when segment = 'all' then 'all' else 'segments' end, month_start
),

compared as (
    select
        'customers' as what,
        metrics.month_start,
        metrics.mrr_amount as metrics_mrr_amount,
        by_customer.mrr_amount,
        cast(null as bigint) as metrics_customer_count,
        cast(null as bigint) as customer_count
    from metrics
    cross join as_of
    left join by_customer on metrics.month_start = by_customer.month_start
    where metrics.month_start = {{ month_start('as_of.as_of_on') }}
    {% for what in ['all', 'segments'] -%}
    union all
    select
        '{{ what }}' as what,
        metrics.month_start,
        metrics.mrr_amount as metrics_mrr_amount,
        by_month.mrr_amount,
        metrics.customer_count as metrics_customer_count,
        by_month.customer_count
    from metrics
    left join by_month
        on
            metrics.month_start = by_month.month_start
            and by_month.what = '{{ what }}'
    where not metrics.is_partial
    {% endfor %}
)

select * from compared
where
    metrics_mrr_amount <> coalesce(mrr_amount, 0)
    or metrics_customer_count <> customer_count
