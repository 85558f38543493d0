with lines as (
    select * from {{ ref('int_lines_completed') }}
),

converted as (
    select * from {{ ref('int_lines_converted') }}
),

based as (
    select * from {{ ref('int_lines_based') }}
),

attainments as (
    select * from {{ ref('int_attainments') }}
),

components as (
    select * from {{ ref('int_components_in_force') }}
),

retained as (
    select
        payee_id,
        component_code,
        basis_key,
        clawback_trigger,
        movement_key
    from {{ ref('int_lines_retained') }}
),

fingerprints as (
    select * from {{ ref('int_line_causes_fingerprinted') }}
),

fct_payout_lines as (
    select
        md5(concat_ws('|', lines.payee_id, lines.component_code, lines.basis_key)) as line_id,
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.earning_period_start,
        lines.earned_on,
        based.event_key,
        based.event_type,
        based.reversed_event_key,
        based.movement_key,
        based.movement_item_key,
        based.credit_kind,
        based.currency as deal_currency,
        based.credit_amount as deal_credit_amount,
        based.rate as exchange_rate,
        components.plan_currency as currency,
        based.plan_credit_amount as credit_amount,
        attainments.quota_amount,
        attainments.attainment_before,
        attainments.attainment_after,
        components.mode,
        components.rate_type,
        lines.gross_amount,
        lines.after_cliff_amount,
        lines.after_floor_amount,
        lines.after_component_cap_amount as after_cap_amount,
        lines.after_plan_cap_amount,
        lines.after_payee_cap_amount,
        lines.after_payee_cap_amount as capped_amount,
        retained.clawback_trigger,
        retained.movement_key as clawback_movement_key,
        lines.retained_amount,
        lines.released_amount,
        converted.pay_currency,
        converted.pay_rate as pay_exchange_rate,
        converted.is_rate_provisional,
        lines.plan_code,
        components.plan_version,
        fingerprints.rule_version,
        fingerprints.event_fingerprint,
        fingerprints.credit_fingerprint,
        fingerprints.rules_fingerprint,
        fingerprints.exchange_rate_fingerprint,
        fingerprints.attainment_fingerprint,
        fingerprints.retained_fingerprint,
        fingerprints.released_fingerprint
    from lines
    inner join converted
        on
            lines.payee_id = converted.payee_id
            and lines.component_code = converted.component_code
            and lines.basis_key = converted.basis_key
    inner join fingerprints
        on
            lines.payee_id = fingerprints.payee_id
            and lines.component_code = fingerprints.component_code
            and lines.basis_key = fingerprints.basis_key
    inner join components
        on
            lines.plan_code = components.plan_code
            and lines.component_code = components.component_code
            and lines.in_force_from = components.in_force_from
    left join based
        on
            lines.payee_id = based.payee_id
            and lines.component_code = based.component_code
            and lines.basis_key = based.basis_key
    left join retained
        on
            lines.payee_id = retained.payee_id
            and lines.component_code = retained.component_code
            and lines.basis_key = retained.basis_key
    left join attainments
        on
            based.payee_id = attainments.payee_id
            and based.measure = attainments.measure
            and based.window_type = attainments.window_type
            and based.window_start = attainments.window_start
            and based.basis_key = attainments.event_key
)

select * from fct_payout_lines
