with draws as (
    select * from {{ ref('draws') }}
),

draw_components as (
    select
        draw_id,
        component_code
    from {{ ref('draw_components') }}
),

payees as (
    select
        payee_id,
        joined_on,
        left_on
    from {{ ref('payees') }}
),

entitlements as (
    select * from {{ ref('int_entitlements_frozen') }}
),

ledger_lines as (
    select * from {{ source('ledger', 'ledger_lines') }}
),

cutoff as (
    select
        first_period_start,
        open_period_start,
        period_start,
        cutoff_on
    from {{ ref('cutoff') }}
),

-- Only the oldest open period is closed next, so only there is a draw settled.
in_period as (
    select
        draws.*,
        cutoff.period_start,
        (draws.valid_to is null or draws.valid_to > cutoff.period_start)
        and payees.joined_on <= cutoff.cutoff_on
        and (payees.left_on is null or payees.left_on > cutoff.period_start) as is_running
    from draws
    inner join payees on draws.payee_id = payees.payee_id
    inner join cutoff
        on
            draws.valid_from <= cutoff.period_start
            and cutoff.period_start = cutoff.open_period_start
),

-- All that is due less what earlier months posted: what interim runs of the month have posted, and what its final close will.
postings as (
    select
        entitlements.payee_id,
        entitlements.component_code,
        entitlements.currency,
        entitlements.amount
    from entitlements
    inner join cutoff on entitlements.earning_period_start >= cutoff.first_period_start
    union all
    select
        ledger_lines.payee_id,
        ledger_lines.component_code,
        ledger_lines.currency,
        -ledger_lines.amount as amount
    from ledger_lines
    inner join cutoff
        on
            ledger_lines.earning_period_start >= cutoff.first_period_start
            and ledger_lines.posting_period_start < cutoff.period_start
),

bases as (
    select
        in_period.draw_id,
        sum(postings.amount) as base_amount
    from in_period
    inner join draw_components on in_period.draw_id = draw_components.draw_id
    inner join postings
        on
            in_period.payee_id = postings.payee_id
            and in_period.currency = postings.currency
            and draw_components.component_code = postings.component_code
    group by in_period.draw_id
),

balances as (
    select
        in_period.draw_id,
        sum(ledger_lines.amount) as balance_amount
    from in_period
    inner join ledger_lines
        on
            in_period.payee_id = ledger_lines.payee_id
            and in_period.currency = ledger_lines.currency
            and in_period.draw_id = split_part(ledger_lines.basis_key, ':', 2)
    where in_period.is_recoverable and ledger_lines.part in ('advance', 'recovery')
    group by in_period.draw_id
),

based as (
    select
        in_period.draw_id,
        in_period.payee_id,
        in_period.currency,
        in_period.period_start,
        in_period.valid_from,
        in_period.recovery_rate,
        cast(case when in_period.is_running then in_period.amount else 0 end as decimal(18, 2)) as draw_amount,
        cast(coalesce(bases.base_amount, 0) as decimal(18, 2)) as base_amount,
        cast(coalesce(balances.balance_amount, 0) as decimal(18, 2)) as balance_amount
    from in_period
    left join bases on in_period.draw_id = bases.draw_id
    left join balances on in_period.draw_id = balances.draw_id
    where in_period.is_running or balances.balance_amount > 0
)

select * from based
