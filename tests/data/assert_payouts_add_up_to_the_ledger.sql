-- Paid and carried are what was posted, per payee and currency; no posted line is left out.
with posted as (
    select
        payee_id,
        currency,
        sum(amount) as posted_amount
    from {{ ref('fct_payout_ledger') }}
    where close_kind <> 'opening'
    group by payee_id, currency
),

payouts as (
    select
        payee_id,
        currency,
        sum(payable_amount) as paid_amount,
        sum(carried_out_amount - carried_in_amount) as carried_amount
    from {{ ref('fct_payouts_by_payee_period') }}
    group by payee_id, currency
)

select
    coalesce(posted.payee_id, payouts.payee_id) as payee_id,
    coalesce(posted.currency, payouts.currency) as currency,
    posted.posted_amount,
    payouts.paid_amount,
    payouts.carried_amount
from posted
full outer join payouts
    on
        posted.payee_id = payouts.payee_id
        and posted.currency = payouts.currency
where posted.posted_amount is distinct from payouts.paid_amount + payouts.carried_amount
