with items as (
    select * from {{ ref('int_committed_mrr_judged') }}
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
        customer_id,
        currency,
        cast(active_mrr_amount as decimal(18, 2)) as active_mrr_amount,
        cast(cancelling_mrr_amount as decimal(18, 2)) as cancelling_mrr_amount,
        cast(expiring_mrr_amount as decimal(18, 2)) as expiring_mrr_amount,
        cast(discount_ending_mrr_amount as decimal(18, 2)) as discount_ending_mrr_amount,
        cast(starting_mrr_amount as decimal(18, 2)) as starting_mrr_amount,
        cast(committed_mrr_amount as decimal(18, 2)) as committed_mrr_amount
    from by_customer
    -- A customer in a free period has no MRR today and all the more to come.
    where active_mrr_amount <> 0 or committed_mrr_amount <> 0
)

select * from fct_committed_mrr_by_customer
