with runs as (
    select * from {{ ref('int_pay_runs_balanced') }}
),

by_month as (
    select
        payee_id,
        currency,
        posting_period_start,
        sum(earned_amount) as earned_amount,
        sum(clawback_amount) as clawback_amount,
        sum(adjustment_amount) as adjustment_amount,
        max(paid_to_date_amount) as paid_to_date_amount
    from runs
    group by payee_id, currency, posting_period_start
),

paid as (
    select
        *,
        paid_to_date_amount
        - coalesce(lag(paid_to_date_amount) over (partition by payee_id, currency order by posting_period_start), 0) as paid_amount
    from by_month
),

balanced as (
    select
        *,
        sum(earned_amount + clawback_amount + adjustment_amount - paid_amount) over (
            partition by payee_id, currency order by posting_period_start
        ) as closing_amount
    from paid
),

fct_commission_accruals_by_payee_month as (
    select
        payee_id,
        currency,
        posting_period_start,
        cast(closing_amount - earned_amount - clawback_amount - adjustment_amount + paid_amount as decimal(18, 2)) as opening_amount,
        cast(earned_amount as decimal(18, 2)) as earned_amount,
        cast(clawback_amount as decimal(18, 2)) as clawback_amount,
        cast(adjustment_amount as decimal(18, 2)) as adjustment_amount,
        cast(paid_amount as decimal(18, 2)) as paid_amount,
        cast(closing_amount as decimal(18, 2)) as closing_amount
    from balanced
)

select * from fct_commission_accruals_by_payee_month
