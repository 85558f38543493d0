{% set first_month = var('fiscal_year_start_month') %}

with days as (
    select * from {{ ref('int_days_spanned') }}
),

fiscal as (
    select
        *,
        year(day_on){{ " + case when month(day_on) >= " ~ first_month ~ " then 1 else 0 end" if first_month > 1 }} as fiscal_year,
        mod(month(day_on) - {{ first_month }} + 12, 12) + 1 as fiscal_month
    from days
),

dim_dates as (
    select
        day_on,
        month_start,
        month_end,
        day_on = month_end as is_month_end,
        cast(date_trunc('week', day_on) as date) as week_start,
        cast(date_trunc('quarter', day_on) as date) as quarter_start,
        cast(year(day_on) as int) as calendar_year,
        cast(fiscal_year as int) as fiscal_year,
        cast({{ integer_quotient('fiscal_month + 2', '3') }} as int) as fiscal_quarter,
        cast(fiscal_month as int) as fiscal_month
    from fiscal
)

select * from dim_dates
