with customers as (
    select customer_id from {{ ref('int_customers_channelled') }}
),

customer_months as (
    select * from {{ ref('int_gross_profit_by_customer_month') }}
),

as_of as (
    select
        as_of_on,
        {{ month_start('as_of_on') }} as month_start
    from {{ ref('as_of') }}
),

dated as (
    select
        customer_months.*,
        last_day(customer_months.month_start) <= as_of.as_of_on as is_full,
        customer_months.month_start = as_of.month_start as is_current
    from customer_months
    cross join as_of
),

-- A customer without MRR earns nothing, which is known; one without a margin earns what nobody knows.
by_customer as (
    select
        customers.customer_id,
        cast(coalesce(sum(case when dated.is_current then dated.mrr_amount end), 0) as decimal(18, 2)) as mrr_amount,
        case
            when count(case when dated.is_current and dated.gross_profit_amount is null then 1 end) = 0
                then cast(coalesce(sum(case when dated.is_current then dated.gross_profit_amount end), 0) as decimal(18, 2))
        end as monthly_gross_profit_amount,
        case
            when count(case when dated.is_full and dated.gross_profit_amount is null then 1 end) = 0
                then cast(coalesce(sum(case when dated.is_full then dated.gross_profit_amount end), 0) as decimal(18, 2))
        end as cumulative_gross_profit_amount
    from customers
    left join dated on customers.customer_id = dated.customer_id
    group by customers.customer_id
)

select * from by_customer
