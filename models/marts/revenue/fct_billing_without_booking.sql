with increases as (
    select * from {{ ref('int_billing_increases_matched') }}
    where opportunity_id is null
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

fct_billing_without_booking as (
    select
        increases.customer_id,
        increases.currency,
        increases.occurred_on,
        increases.mrr_amount as unmatched_mrr_amount,
        cast({{ days_between('increases.occurred_on', 'as_of.as_of_on') }} as int) as age_days
    from increases
    cross join as_of
)

select * from fct_billing_without_booking
