with ledger as (
    select
        payee_id,
        split_part(basis_key, ':', 2) as draw_id,
        posting_period_start,
        part,
        currency,
        amount
    from {{ ref('fct_payout_ledger') }}
    where part in ('advance', 'recovery') and close_kind <> 'opening'
),

closed_periods as (
    select period_start as posting_period_start
    from {{ source('ledger', 'ledger_closes') }}
    where kind = 'final'
),

draws as (
    select
        draw_id,
        is_recoverable
    from {{ ref('draws') }}
),

payees as (
    select
        payee_id,
        left_on
    from {{ ref('payees') }}
),

posted as (
    select
        draw_id,
        payee_id,
        currency,
        posting_period_start,
        sum(case when part = 'advance' then amount else 0 end) as advance_amount,
        sum(case when part = 'recovery' then -amount else 0 end) as recovery_amount
    from ledger
    group by draw_id, payee_id, currency, posting_period_start
),

begun as (
    select
        draw_id,
        payee_id,
        currency,
        min(posting_period_start) as first_period_start
    from posted
    group by draw_id, payee_id, currency
),

-- A balance stands through months without a posting.
periods as (
    select
        begun.draw_id,
        begun.payee_id,
        begun.currency,
        closed_periods.posting_period_start,
        coalesce(posted.advance_amount, 0) as advance_amount,
        coalesce(posted.recovery_amount, 0) as recovery_amount
    from begun
    inner join closed_periods on begun.first_period_start <= closed_periods.posting_period_start
    left join posted
        on
            begun.draw_id = posted.draw_id
            and begun.payee_id = posted.payee_id
            and begun.currency = posted.currency
            and closed_periods.posting_period_start = posted.posting_period_start
),

-- What need not be paid back is no balance.
owed as (
    select
        periods.*,
        coalesce(draws.is_recoverable, true) as is_recoverable,
        case when coalesce(draws.is_recoverable, true) then periods.advance_amount - periods.recovery_amount else 0 end as change_amount
    from periods
    left join draws on periods.draw_id = draws.draw_id
),

balanced as (
    select
        *,
        sum(change_amount) over (partition by draw_id, payee_id, currency order by posting_period_start) as closing_balance_amount
    from owed
),

fct_draw_balances as (
    select
        balanced.draw_id,
        balanced.payee_id,
        balanced.currency,
        balanced.posting_period_start,
        balanced.is_recoverable,
        coalesce(payees.left_on <= last_day(balanced.posting_period_start), false) as is_payee_left,
        cast(balanced.closing_balance_amount - balanced.change_amount as decimal(18, 2)) as opening_balance_amount,
        cast(balanced.advance_amount as decimal(18, 2)) as advance_amount,
        cast(balanced.recovery_amount as decimal(18, 2)) as recovery_amount,
        cast(balanced.closing_balance_amount as decimal(18, 2)) as closing_balance_amount
    from balanced
    left join payees on balanced.payee_id = payees.payee_id
)

select * from fct_draw_balances
