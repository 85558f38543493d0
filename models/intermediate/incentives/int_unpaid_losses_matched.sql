with rules as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        unpaid_days,
        credited_on,
        case when scope = 'customer' then customer_id else contract_set_key end as scope_key
    from {{ ref('int_clawback_rules_matched') }}
    where clawback_trigger = 'unpaid_days'
),

event_contracts as (
    select
        contract_set_key,
        contract_id
    from {{ ref('int_event_contracts_linked') }}
),

unpaid_invoices as (
    select * from {{ ref('int_invoices_unpaid') }}
),

invoice_lines as (
    select
        invoice_id,
        contract_id
    from {{ ref('input_invoice_lines') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- An invoice counts once for each that it concerns, whatever the number of its lines and events.
unpaid as (
    select
        event_contracts.contract_set_key as scope_key,
        unpaid_invoices.due_on
    from unpaid_invoices
    inner join invoice_lines on unpaid_invoices.invoice_id = invoice_lines.invoice_id
    inner join event_contracts on invoice_lines.contract_id = event_contracts.contract_id
    union
    select
        customer_id as scope_key,
        due_on
    from unpaid_invoices
),

overdue as (
    select
        rules.event_key,
        rules.plan_code,
        rules.component_code,
        rules.payee_id,
        rules.credited_on,
        {{ days_later('unpaid.due_on', 'rules.unpaid_days') }} as lost_on
    from rules
    inner join unpaid on rules.scope_key = unpaid.scope_key
),

matched as (
    select
        overdue.event_key,
        overdue.plan_code,
        overdue.component_code,
        overdue.payee_id,
        min(overdue.lost_on) as lost_on,
        1 as lost_amount,
        1 as base_amount
    from overdue
    cross join cutoff
    -- What was overdue before the event was known when it was sold.
    where overdue.lost_on >= overdue.credited_on and overdue.lost_on <= cutoff.cutoff_on
    group by overdue.event_key, overdue.plan_code, overdue.component_code, overdue.payee_id
)

select * from matched
