-- A cohort has every month from its first until `as_of`, always of the same customers: a gap would show survivors only.
with cohorts as (
    select
        cohort_month_start,
        count(*) as month_count,
        min(months_since) as first_months_since,
        min(cohort_customer_count) as smallest_count,
        max(cohort_customer_count) as largest_count,
        min(month_0_customer_count) as smallest_month_0_count,
        max(month_0_customer_count) as largest_month_0_count
    from {{ ref('fct_cohort_retention') }}
    group by cohort_month_start
),

expected as (
    select
        cohorts.*,
        (year(as_of.as_of_on) - year(cohorts.cohort_month_start)) * 12
        + month(as_of.as_of_on) - month(cohorts.cohort_month_start) + 1 as expected_month_count
    from cohorts
    cross join {{ ref('as_of') }} as as_of
)

select * from expected
where
    month_count <> expected_month_count
    or first_months_since <> 0
    or smallest_count <> largest_count
    or smallest_month_0_count <> largest_month_0_count
