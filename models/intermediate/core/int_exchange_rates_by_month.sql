with rates as (
    select
        from_currency,
        published_on,
        rate
    from {{ ref('exchange_rates') }}
    where rate_type = 'month' and to_currency = '{{ var("reporting_currency") }}'
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

months as (
    select
        calendar.month_start,
        calendar.month_end,
        calendar.month_end > as_of.as_of_on as is_provisional,
        least(calendar.month_end, as_of.as_of_on) as known_until
    from {{ ref('int_days_spanned') }} as calendar
    cross join as_of
    where calendar.day_on = calendar.month_start and calendar.month_start <= as_of.as_of_on
),

latest_published as (
    select
        months.month_start,
        months.is_provisional,
        rates.from_currency,
        max_by(rates.rate, rates.published_on) as rate
    from months
    inner join rates on months.known_until >= rates.published_on
    group by months.month_start, months.is_provisional, rates.from_currency
),

with_identity as (
    select
        month_start,
        from_currency,
        rate,
        is_provisional
    from latest_published
    where from_currency <> '{{ var("reporting_currency") }}'
    union all
    select
        month_start,
        '{{ var("reporting_currency") }}' as from_currency,
        cast(1 as decimal(18, 10)) as rate,
        is_provisional
    from months
)

select * from with_identity
