with items as (
    select * from {{ ref('int_committed_mrr_judged') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

rates as (
    select rates.*
    from {{ ref('int_exchange_rates_by_month') }} as rates
    inner join as_of on rates.month_start = {{ month_start('as_of.as_of_on') }}
),

by_customer as (
    select
        customer_id,
        currency,
        coalesce(sum(mrr_amount) filter (where commitment <> 'starting'), 0) as active_mrr_amount,
        coalesce(-sum(mrr_amount) filter (where commitment = 'cancelling'), 0) as cancelling_mrr_amount,
        coalesce(-sum(mrr_amount) filter (where commitment = 'expiring'), 0) as expiring_mrr_amount,
        coalesce(sum(permanent_mrr_amount - mrr_amount) filter (where commitment = 'staying'), 0) as discount_ending_mrr_amount,
        coalesce(sum(permanent_mrr_amount) filter (where commitment = 'starting'), 0) as starting_mrr_amount,
        coalesce(sum(permanent_mrr_amount) filter (where commitment in ('staying', 'starting')), 0) as committed_mrr_amount
    from items
    group by customer_id, currency
),

fct_committed_mrr_by_customer as (
    select
        by_customer.customer_id,
        by_customer.currency,
        as_of.as_of_on,
        cast(by_customer.active_mrr_amount as decimal(18, 2)) as active_mrr_amount,
        cast(by_customer.cancelling_mrr_amount as decimal(18, 2)) as cancelling_mrr_amount,
        cast(by_customer.expiring_mrr_amount as decimal(18, 2)) as expiring_mrr_amount,
        cast(by_customer.discount_ending_mrr_amount as decimal(18, 2)) as discount_ending_mrr_amount,
        cast(by_customer.starting_mrr_amount as decimal(18, 2)) as starting_mrr_amount,
        cast(by_customer.committed_mrr_amount as decimal(18, 2)) as committed_mrr_amount,
        {{ prorated('by_customer.committed_mrr_amount', 'rates.rate') }} as reporting_committed_mrr_amount
    from by_customer
    cross join as_of
    left join rates on by_customer.currency = rates.from_currency
    -- A customer in a free period has no MRR today and all the more to come.
    where by_customer.active_mrr_amount <> 0 or by_customer.committed_mrr_amount <> 0
)

select * from fct_committed_mrr_by_customer
