with rates as (
    select * from {{ ref('exchange_rates') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

months as (
    select
        calendar.month_start,
        calendar.month_end,
        {{ fiscal_period_start('calendar.month_start', "'year'") }} as fiscal_year_start,
        calendar.month_end > as_of.as_of_on as is_open,
        least(calendar.month_end, as_of.as_of_on) as known_until
    from {{ ref('int_days_spanned') }} as calendar
    cross join as_of
    where calendar.day_on = calendar.month_start and calendar.month_start <= as_of.as_of_on
),

-- The budget is made before its year begins and holds for all of it; the month's rate is the last one published in it.
published as (
    select
        months.month_start,
        rates.rate_type,
        rates.from_currency,
        rates.to_currency,
        rates.rate_type = 'month' and months.is_open as is_provisional,
        rates.published_on,
        rates.rate
    from months
    inner join rates
        on case when rates.rate_type = 'budget' then months.fiscal_year_start else months.known_until end >= rates.published_on
),

by_month as (
    select
        month_start,
        rate_type,
        from_currency,
        to_currency,
        is_provisional,
        max_by(rate, published_on) as rate
    from published
    group by month_start, rate_type, from_currency, to_currency, is_provisional
)

select * from by_month
