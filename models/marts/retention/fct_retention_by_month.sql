{% set customer_slices = {
    'total': "'all'",
    'segment': 'segment',
    'country': 'country_code',
    'cohort_year': 'cohort_year',
    'owner': 'owner_user_id',
} %}

with compared as (
    select * from {{ ref('int_retention_ends_compared') }}
),

customers as (
    select
        customer_id,
        segment,
        country_code,
        owner_user_id
    from {{ ref('int_customers_described') }}
),

cohorts as (
    select
        customer_id,
        cohort_year
    from {{ ref('int_customers_cohorted') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- A customer that drops one product for another is kept, so all it has is added up before the ends are compared.
by_customer as (
    select
        period,
        month_start,
        customer_id,
        max(case when is_base then 1 else 0 end) = 1 as is_base,
        max(case when is_closing then 1 else 0 end) = 1 as is_closing,
        sum(base_mrr_amount) as base_mrr_amount,
        sum(closing_mrr_amount) as closing_mrr_amount
    from compared
    group by period, month_start, customer_id
),

described as (
    select
        by_customer.*,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.country_code, 'unknown') as country_code,
        coalesce(customers.owner_user_id, 'unknown') as owner_user_id,
        coalesce(cohorts.cohort_year, 'unknown') as cohort_year
    from by_customer
    left join customers on by_customer.customer_id = customers.customer_id
    left join cohorts on by_customer.customer_id = cohorts.customer_id
),

sliced as (
    select
        period,
        'product_line' as slice,
        product_line as slice_value,
        month_start,
        is_base,
        is_closing,
        base_mrr_amount,
        closing_mrr_amount
    from compared
    {% for slice, value in customer_slices.items() -%}
    union all
    select
        period,
        '{{ slice }}' as slice,
        {{ value }} as slice_value,
        month_start,
        is_base,
        is_closing,
        base_mrr_amount,
        closing_mrr_amount
    from described
    {% endfor %}
),

measured as (
    select
        period,
        slice,
        slice_value,
        month_start,
        count(case when is_base then 1 end) as base_customer_count,
        count(case when is_base and is_closing then 1 end) as retained_customer_count,
        cast(sum(base_mrr_amount) as decimal(18, 2)) as base_mrr_amount,
        cast(sum(least(base_mrr_amount, closing_mrr_amount)) as decimal(18, 2)) as retained_mrr_amount,
        cast(sum(case when is_base then closing_mrr_amount else 0 end) as decimal(18, 2)) as closing_mrr_amount
    from sliced
    group by period, slice, slice_value, month_start
),

fct_retention_by_month as (
    select
        measured.*,
        {{ prorated('measured.retained_customer_count', '1', 'measured.base_customer_count', 6) }} as logo_retention_rate,
        {{ prorated('measured.retained_mrr_amount', '1', 'measured.base_mrr_amount', 6) }} as gross_revenue_retention_rate,
        {{ prorated('measured.closing_mrr_amount', '1', 'measured.base_mrr_amount', 6) }} as net_revenue_retention_rate,
        last_day(measured.month_start) > as_of.as_of_on as is_partial
    from measured
    cross join as_of
)

select * from fct_retention_by_month
