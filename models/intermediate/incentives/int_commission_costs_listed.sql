with ledger_lines as (
    select * from {{ source('ledger', 'ledger_lines') }}
    where part in ('earned', 'clawback')
),

closes as (
    select
        sequence,
        kind
    from {{ source('ledger', 'ledger_closes') }}
),

-- A component has a row for each plan and version, and is incremental in all of them.
incremental_components as (
    select distinct component_code
    from {{ ref('plan_components') }}
    where is_incremental
),

payees as (
    select
        payee_id,
        payee_type
    from {{ ref('payees') }}
),

on_cost_rates as (
    select * from {{ ref('on_cost_rates') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

events as (
    select
        event_key,
        reversed_event_key
    from {{ ref('int_incentive_events') }}
),

-- What the opening took as posted was capitalised elsewhere. What reverses an event takes from the same asset.
costs as (
    select
        coalesce(events.reversed_event_key, ledger_lines.basis_key) as asset_key,
        ledger_lines.currency,
        ledger_lines.posting_period_start,
        ledger_lines.earning_period_start,
        ledger_lines.sequence,
        ledger_lines.payee_id,
        ledger_lines.component_code,
        ledger_lines.basis_key,
        ledger_lines.part,
        ledger_lines.amount,
        coalesce(on_cost_rates.on_cost_rate, 0) as on_cost_rate,
        currencies.minor_unit_digits
    from ledger_lines
    inner join closes on ledger_lines.sequence = closes.sequence
    inner join incremental_components on ledger_lines.component_code = incremental_components.component_code
    inner join payees on ledger_lines.payee_id = payees.payee_id
    inner join currencies on ledger_lines.currency = currencies.currency_code
    left join events on ledger_lines.basis_key = events.event_key
    left join on_cost_rates
        on
            payees.payee_type = on_cost_rates.payee_type
            and ledger_lines.earning_period_start >= on_cost_rates.valid_from
            and (on_cost_rates.valid_to is null or ledger_lines.earning_period_start < on_cost_rates.valid_to)
    where closes.kind <> 'opening'
),

listed as (
    select
        asset_key,
        currency,
        posting_period_start,
        earning_period_start,
        sequence,
        payee_id,
        component_code,
        basis_key,
        part,
        amount,
        {{ money_share('amount', times=[['on_cost_rate', 6]], minor_unit_digits='minor_unit_digits') }} as on_cost_amount
    from costs
)

select * from listed
