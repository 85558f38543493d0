-- What was ever earned and is not paid, straight from the posted lines and the payouts, is the latest closing balance.
with posted as (
    select
        payee_id,
        currency,
        sum(case when part in ('earned', 'clawback', 'adjustment') then amount else 0 end) as posted_amount
    from {{ ref('fct_payout_ledger') }}
    where close_kind <> 'opening'
    group by payee_id, currency
),

paid as (
    select
        payee_id,
        currency,
        sum(payable_amount) as paid_amount
    from {{ ref('fct_payouts_by_payee_period') }}
    group by payee_id, currency
),

closing as (
    select
        payee_id,
        currency,
        max_by(closing_amount, posting_period_start) as closing_amount
    from {{ ref('fct_commission_accruals_by_payee_month') }}
    group by payee_id, currency
)

select
    coalesce(posted.payee_id, closing.payee_id) as payee_id,
    coalesce(posted.currency, closing.currency) as currency,
    posted.posted_amount,
    paid.paid_amount,
    closing.closing_amount
from posted
full outer join closing
    on
        posted.payee_id = closing.payee_id
        and posted.currency = closing.currency
left join paid
    on
        posted.payee_id = paid.payee_id
        and posted.currency = paid.currency
where posted.posted_amount - coalesce(paid.paid_amount, 0) is distinct from closing.closing_amount
