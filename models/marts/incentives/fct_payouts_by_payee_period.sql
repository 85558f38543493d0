with runs as (
    select * from {{ ref('int_pay_runs_balanced') }}
),

-- Paid to date never falls, so a month ends with its largest.
by_period as (
    select
        payee_id,
        currency,
        posting_period_start,
        {%- for part in ['earned', 'held', 'clawback', 'adjustment', 'advance', 'recovery', 'posted'] %}
        cast(sum({{ part }}_amount) as decimal(18, 2)) as {{ part }}_amount,
        {%- endfor %}
        max(paid_to_date_amount) as paid_to_date_amount,
        count(case when has_lines then sequence end) as run_count,
        count(case when kind = 'final' then sequence end) = 1 as is_closed
    from runs
    group by payee_id, currency, posting_period_start
),

to_date as (
    select
        *,
        cast(
            sum(posted_amount) over (partition by payee_id, currency order by posting_period_start) as decimal(18, 2)
        ) as posted_to_date_amount,
        coalesce(lag(paid_to_date_amount) over (partition by payee_id, currency order by posting_period_start), 0) as paid_before_amount
    from by_period
),

carried as (
    select
        *,
        posted_to_date_amount - posted_amount - paid_before_amount as carried_in_amount
    from to_date
),

fct_payouts_by_payee_period as (
    select
        payee_id,
        currency,
        posting_period_start,
        cast(carried_in_amount as decimal(18, 2)) as carried_in_amount,
        earned_amount,
        clawback_amount,
        adjustment_amount,
        advance_amount,
        cast(-recovery_amount as decimal(18, 2)) as recovery_amount,
        cast(-held_amount as decimal(18, 2)) as held_change_amount,
        cast(paid_to_date_amount - paid_before_amount as decimal(18, 2)) as payable_amount,
        cast(posted_to_date_amount - paid_to_date_amount as decimal(18, 2)) as carried_out_amount,
        cast(run_count as int) as run_count,
        is_closed
    from carried
    -- Months in which nothing was posted and nothing is owed say nothing.
    where run_count > 0 or carried_in_amount <> 0
)

select * from fct_payouts_by_payee_period
