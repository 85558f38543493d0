-- What a month carries out, the next one carries in.
with payouts as (
    select
        payee_id,
        currency,
        posting_period_start,
        carried_in_amount,
        coalesce(
            lag(carried_out_amount) over (partition by payee_id, currency order by posting_period_start), 0
        ) as carried_before_amount
    from {{ ref('fct_payouts_by_payee_period') }}
)

select *
from payouts
where carried_in_amount <> carried_before_amount
