with lines as (
    select * from {{ ref('int_lines_completed') }}
),

events as (
    select * from {{ ref('int_incentive_events') }}
),

rules as (
    select * from {{ ref('int_line_rules_gathered') }}
),

written as (
    select * from {{ ref('int_line_factors_written') }}
),

retained as (
    select * from {{ ref('int_lines_retained') }}
),

releases as (
    select * from {{ ref('int_event_releases') }}
),

reversals as (
    select * from {{ ref('int_reversals_dated') }}
),

converted as (
    select * from {{ ref('int_lines_converted') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

fct_payout_line_factors as (
    select
        md5(concat_ws('|', lines.payee_id, lines.component_code, lines.basis_key)) as line_id,
        lines.payee_id,
        events.source_system,
        events.source_id,
        events.customer_id,
        events.contract_id,
        events.opportunity_id,
        events.occurred_on,
        lines.credited_on,
        events.amount as event_amount,
        events.currency as event_currency,
        rules.unit_count,
        written.credit_rules,
        written.credits,
        rules.measure,
        rules.window_type,
        rules.window_start,
        rules.credit_before,
        rules.credit_to_date,
        rules.credit_total,
        rules.evaluation,
        rules.tier_basis,
        rules.minor_unit_digits,
        rules.component_rate,
        rules.component_amount,
        rules.unit_size,
        rules.is_pro_rata,
        rules.attainment_cap,
        rules.cliff_from,
        rules.cliff_mode,
        rules.floor_amount,
        rules.is_cap_refundable,
        rules.basis_from,
        rules.basis_to,
        rules.basis_total,
        rules.basis_width,
        rules.cliff_threshold,
        rules.is_cliff_reached,
        written.curve_points,
        lines.rooms,
        retained.triggered_on,
        lines.retained_fraction,
        rules.release_on,
        rules.release_days,
        releases.released_on,
        lines.released_fraction,
        reversals.event_amount as reversed_event_amount,
        reversals.reversed_before,
        reversals.reversed_to_date,
        currencies.minor_unit_digits as pay_minor_unit_digits
    from lines
    inner join rules
        on
            lines.payee_id = rules.payee_id
            and lines.component_code = rules.component_code
            and lines.basis_key = rules.basis_key
    inner join converted
        on
            lines.payee_id = converted.payee_id
            and lines.component_code = converted.component_code
            and lines.basis_key = converted.basis_key
    inner join currencies on converted.pay_currency = currencies.currency_code
    left join written
        on
            lines.payee_id = written.payee_id
            and lines.component_code = written.component_code
            and lines.basis_key = written.basis_key
    left join retained
        on
            lines.payee_id = retained.payee_id
            and lines.component_code = retained.component_code
            and lines.basis_key = retained.basis_key
    left join releases
        on
            rules.event_key = releases.event_key
            and lines.plan_code = releases.plan_code
            and lines.component_code = releases.component_code
    left join events on rules.event_key = events.event_key
    left join reversals on rules.event_key = reversals.event_key
)

select * from fct_payout_line_factors
