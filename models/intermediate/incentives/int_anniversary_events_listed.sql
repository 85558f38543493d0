with customer_years as (
    select
        customer_id,
        year_number,
        anniversary_on,
        shared_profit_amount
    from {{ ref('int_customer_years_valued') }}
    where shared_profit_amount > 0
),

listed as (
    select
        'customer_anniversary:' || customer_id || ':' || cast(year_number as string) as event_key,
        'customer_anniversary' as event_type,
        anniversary_on as occurred_on,
        shared_profit_amount as amount,
        '{{ var('reporting_currency') }}' as currency,
        customer_id,
        'profit' as source_system,
        customer_id || ':' || cast(year_number as string) as source_id
    from customer_years
)

select * from listed
