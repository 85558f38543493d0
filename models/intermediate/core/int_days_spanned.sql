with digits as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}
),

numbered as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit + 10000 * ten_thousands.digit as day_number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands
),

days as (
    select {{ days_later("cast('" ~ var('calendar_first_year') ~ "-01-01' as date)", 'day_number') }} as day_on
    from numbered
),

spanned as (
    select
        day_on,
        {{ month_start('day_on') }} as month_start,
        last_day(day_on) as month_end
    from days
    where year(day_on) < {{ var('calendar_first_year') + var('calendar_years') }}
)

select * from spanned
