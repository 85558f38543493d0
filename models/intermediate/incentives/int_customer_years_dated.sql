with customers as (
    select
        customer_id,
        channel,
        first_month_start,
        first_mrr_on
    from {{ ref('int_customers_channelled') }}
),

costs as (
    select
        channel,
        month_start,
        cac_amount
    from {{ ref('int_acquisition_costs_divided') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- One row a number: the calendar has every year once, on its first day.
year_numbers as (
    select year(day_on) - {{ var('calendar_first_year') }} + 1 as year_number
    from {{ ref('int_days_spanned') }}
    where day_on = month_start and month(day_on) = 1
),

numbered as (
    select
        customers.customer_id,
        year_numbers.year_number,
        {{ months_later('customers.first_mrr_on', '12 * (year_numbers.year_number - 1)') }} as year_from,
        {{ months_later('customers.first_mrr_on', '12 * year_numbers.year_number') }} as anniversary_on,
        costs.cac_amount
    from customers
    cross join year_numbers
    left join costs
        on
            customers.channel = costs.channel
            and customers.first_month_start = costs.month_start
),

dated as (
    select numbered.*
    from numbered
    cross join cutoff
    where numbered.anniversary_on <= cutoff.cutoff_on
)

select * from dated
