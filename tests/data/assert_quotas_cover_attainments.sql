-- Attainment of no quota is nothing one could pay by: the payee, the measure and the window are named.
with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        tier_basis,
        mode,
        quota_amount,
        attainment_cap,
        cliff_from
    from {{ ref('int_lines_ranged') }}
),

attainments as (
    select
        payee_id,
        measure,
        window_type,
        window_start,
        event_key,
        guaranteed_attainment
    from {{ ref('int_attainments') }}
),

measures as (
    select
        payee_id,
        component_code,
        basis_key,
        measure,
        window_type,
        window_start
    from {{ ref('int_lines_based') }}
)

select
    measures.payee_id,
    measures.measure,
    measures.window_type,
    measures.window_start,
    lines.quota_amount,
    attainments.guaranteed_attainment,
    count(*) as line_count
from lines
inner join measures
    on
        lines.payee_id = measures.payee_id
        and lines.component_code = measures.component_code
        and lines.basis_key = measures.basis_key
inner join attainments
    on
        measures.payee_id = attainments.payee_id
        and measures.measure = attainments.measure
        and measures.window_type = attainments.window_type
        and measures.window_start = attainments.window_start
        and measures.basis_key = attainments.event_key
where
    (lines.tier_basis = 'attainment' or lines.attainment_cap is not null or (lines.tier_basis is null and lines.cliff_from is not null))
    and coalesce(lines.quota_amount, 0) = 0
    and (lines.quota_amount is null or attainments.guaranteed_attainment is null)
group by
    measures.payee_id, measures.measure, measures.window_type, measures.window_start, lines.quota_amount, attainments.guaranteed_attainment
