with customer_years as (
    select * from {{ ref('int_customer_years_dated') }}
),

revenue as (
    select * from {{ ref('int_customer_revenue_recognised') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

margins as (
    select * from {{ ref('int_gross_margins_dated') }}
),

-- Whoever is credited, the profit is one: all components begin with the same anniversary.
first_shares as (
    select min(anniversary_from) as first_year_number
    from {{ ref('plan_components') }}
),

converted as (
    select
        revenue.*,
        {{ prorated('revenue.revenue_amount', 'rates.rate') }} as reporting_amount
    from revenue
    left join rates
        on
            revenue.currency = rates.from_currency
            and revenue.month_start = rates.month_start
),

earned as (
    select
        converted.*,
        {{ prorated('converted.reporting_amount', 'margins.gross_margin_rate') }} as gross_profit_amount
    from converted
    left join margins
        on
            converted.product_line = margins.product_line
            and converted.month_start >= margins.valid_from
            and (margins.valid_to is null or converted.month_start < margins.valid_to)
),

by_year as (
    select
        customer_id,
        year_number,
        sum(reporting_amount) as revenue_amount,
        sum(gross_profit_amount) as gross_profit_amount,
        count(*) - count(reporting_amount) as unconverted_count,
        count(*) - count(gross_profit_amount) as unknown_count
    from earned
    group by customer_id, year_number
),

-- What a year lacks is lacking in all that is added up from it on.
running as (
    select
        customer_years.customer_id,
        customer_years.year_number,
        customer_years.anniversary_on,
        customer_years.cac_amount,
        cast(coalesce(by_year.revenue_amount, 0) as decimal(18, 2)) as revenue_amount,
        cast(coalesce(by_year.gross_profit_amount, 0) as decimal(18, 2)) as gross_profit_amount,
        -- In parentheses: Spark takes a minus behind a window's name for a part of the name.
        (sum(coalesce(by_year.gross_profit_amount, 0)) over since_start) - customer_years.cac_amount as profit_to_date,
        case
            when customer_years.cac_amount is null then 'no_cac'
            when sum(coalesce(by_year.unconverted_count, 0)) over since_start > 0 then 'no_exchange_rate'
            when sum(coalesce(by_year.unknown_count, 0)) over since_start > 0 then 'no_margin'
        end as missing_reason
    from customer_years
    left join by_year
        on
            customer_years.customer_id = by_year.customer_id
            and customer_years.year_number = by_year.year_number
    window since_start as (
        partition by customer_years.customer_id order by customer_years.year_number
        rows unbounded preceding
    )
),

shared as (
    select
        running.*,
        running.year_number >= first_shares.first_year_number as is_shared
    from running
    cross join first_shares
),

-- Losses are carried forward: shared is what rises above the highest profit to date that was shared before.
valued as (
    select
        customer_id,
        year_number,
        anniversary_on,
        revenue_amount,
        gross_profit_amount,
        cac_amount,
        case when missing_reason is null then cast(profit_to_date as decimal(18, 2)) end as profit_to_date_amount,
        missing_reason,
        case
            when is_shared and missing_reason is null
                then cast(greatest(
                    profit_to_date - greatest(coalesce(max(case when is_shared then profit_to_date end) over (
                        partition by customer_id order by year_number
                        rows between unbounded preceding and 1 preceding
                    ), 0), 0), 0
                ) as decimal(18, 2))
        end as shared_profit_amount
    from shared
)

select * from valued
