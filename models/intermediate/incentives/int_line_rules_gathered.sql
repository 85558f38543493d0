with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        in_force_from
    from {{ ref('int_lines_completed') }}
),

components as (
    select * from {{ ref('int_components_in_force') }}
),

ranged as (
    select
        payee_id,
        component_code,
        basis_key,
        basis_from,
        basis_to,
        basis_total,
        basis_width,
        cliff_threshold,
        is_cliff_reached
    from {{ ref('int_lines_ranged') }}
),

based as (
    select * from {{ ref('int_lines_based') }}
),

attainments as (
    select * from {{ ref('int_attainments') }}
),

gathered as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        based.event_key,
        components.measure,
        components.window_type,
        based.window_start,
        based.unit_count,
        attainments.credit_before,
        attainments.credit_to_date,
        attainments.credit_total,
        components.evaluation,
        components.tier_basis,
        components.minor_unit_digits,
        components.rate as component_rate,
        components.amount as component_amount,
        components.unit_size,
        components.is_pro_rata,
        components.attainment_cap,
        components.cliff_from,
        components.cliff_mode,
        components.floor_amount,
        components.is_cap_refundable,
        components.release_on,
        components.release_days,
        ranged.basis_from,
        ranged.basis_to,
        ranged.basis_total,
        ranged.basis_width,
        cast(ranged.cliff_threshold as decimal(18, 6)) as cliff_threshold,
        ranged.is_cliff_reached
    from lines
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
    left join ranged
        on
            lines.payee_id = ranged.payee_id
            and lines.component_code = ranged.component_code
            and lines.basis_key = ranged.basis_key
    left join attainments
        on
            based.payee_id = attainments.payee_id
            and based.measure = attainments.measure
            and based.window_type = attainments.window_type
            and based.window_start = attainments.window_start
            and based.basis_key = attainments.event_key
)

select * from gathered
