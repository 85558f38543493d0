with movements as (
    select
        customer_id,
        period_on
    from {{ ref('int_mrr_movements_typed') }}
    where basis = 'daily' and is_first_mrr
),

cohorted as (
    select
        customer_id,
        -- Two currencies that start on one day are one beginning.
        min(period_on) as first_mrr_on,
        {{ month_start('min(period_on)') }} as cohort_month_start,
        cast(year(min(period_on)) as string) as cohort_year
    from movements
    group by customer_id
)

select * from cohorted
