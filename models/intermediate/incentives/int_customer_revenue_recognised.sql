with customer_years as (
    select
        customer_id,
        year_number,
        year_from,
        anniversary_on
    from {{ ref('int_customer_years_dated') }}
),

invoice_lines as (
    select * from {{ ref('int_invoice_lines_netted') }}
),

products as (
    select
        product_id,
        -- Margins come in lower case: finance and billing need not spell a line alike.
        {{ spelled_alike('product_line') }} as product_line
    from {{ ref('input_products') }}
),

months as (
    select
        month_start,
        {{ days_later('month_end', 1) }} as next_month_start
    from {{ ref('int_days_spanned') }}
    where day_on = month_start
),

-- A month in which a year of the customer ends is two pieces.
pieces as (
    select
        customer_years.customer_id,
        customer_years.year_number,
        months.month_start,
        greatest(customer_years.year_from, months.month_start) as piece_from,
        least(customer_years.anniversary_on, months.next_month_start) as piece_to
    from customer_years
    inner join months
        on
            customer_years.year_from < months.next_month_start
            and customer_years.anniversary_on > months.month_start
),

served as (
    select
        pieces.customer_id,
        pieces.year_number,
        pieces.month_start,
        coalesce(products.product_line, 'unknown') as product_line,
        invoice_lines.currency,
        invoice_lines.net_amount,
        {{ days_between('invoice_lines.service_from', 'invoice_lines.service_to') }} as service_days,
        {{ days_between('invoice_lines.service_from', 'greatest(pieces.piece_from, invoice_lines.service_from)') }} as days_before,
        {{ days_between('invoice_lines.service_from', 'least(pieces.piece_to, invoice_lines.service_to)') }} as days_to_date
    from pieces
    inner join invoice_lines
        on
            pieces.customer_id = invoice_lines.customer_id
            and pieces.piece_from < invoice_lines.service_to
            and pieces.piece_to > invoice_lines.service_from
    left join products on invoice_lines.product_id = products.product_id
),

-- To date less before: the days of a line bring all of it, to the cent.
recognised as (
    select
        customer_id,
        year_number,
        month_start,
        product_line,
        currency,
        cast(sum(
            {{ prorated('net_amount', 'days_to_date', 'service_days') }} - {{ prorated('net_amount', 'days_before', 'service_days') }}
        ) as decimal(18, 2)) as revenue_amount
    from served
    group by customer_id, year_number, month_start, product_line, currency
)

select * from recognised
