with lines as (
    select * from {{ ref('int_lines_based') }}
    where reversed_event_key is null
),

attainments as (
    select * from {{ ref('int_attainments') }}
),

components as (
    select * from {{ ref('int_components_in_force') }}
),

measured as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.plan_code,
        lines.component_valid_from,
        lines.window_start,
        lines.mode,
        lines.evaluation,
        lines.tier_basis,
        lines.minor_unit_digits,
        lines.plan_credit_amount,
        lines.credit_percent,
        attainments.event_number,
        attainments.quota_amount,
        attainments.guaranteed_attainment,
        coalesce(lines.tier_basis, 'attainment') = 'attainment' as is_of_quota,
        components.rate as component_rate,
        components.amount as component_amount,
        components.unit_size,
        components.is_pro_rata,
        components.attainment_cap,
        components.cliff_from,
        components.cliff_mode,
        components.answer_count_from,
        lines.score,
        lines.mode = 'interpolated' and coalesce(lines.tier_basis = 'score', false) as is_score_read,
        lines.evaluation = 'per_event' as is_per_event,
        lines.mode = 'per_unit' or coalesce(lines.tier_basis = 'units', false) as is_in_units,
        cast(abs(case
            when lines.mode = 'per_unit' or lines.tier_basis = 'units' then coalesce(lines.unit_count, 0)
            when lines.tier_basis = 'acv' then lines.plan_acv_amount
            else lines.plan_event_amount
        end) as decimal(18, 6)) as event_basis,
        lines.unit_count,
        attainments.credit_before,
        attainments.credit_total,
        attainments.units_before,
        attainments.unit_total,
        attainments.score_total,
        attainments.score_count
    from lines
    inner join attainments
        on
            lines.payee_id = attainments.payee_id
            and lines.measure = attainments.measure
            and lines.window_type = attainments.window_type
            and lines.window_start = attainments.window_start
            and lines.basis_key = attainments.event_key
    inner join components
        on
            lines.plan_code = components.plan_code
            and lines.component_code = components.component_code
            and lines.in_force_from = components.in_force_from
),

-- What is looked up in the tiers: from where to where the event takes the basis, and where its window stands at the cutoff.
unbounded as (
    select
        *,
        case when is_per_event or is_score_read then 0 when is_in_units then units_before else credit_before end as range_from,
        case
            when is_per_event then event_basis
            when is_score_read then coalesce(score, 0)
            when is_in_units then units_before + coalesce(unit_count, 0)
            else credit_before + plan_credit_amount
        end as range_to,
        case
            when is_per_event then event_basis
            when is_score_read then score_total
            when is_in_units then unit_total
            else credit_total
        end as range_total,
        -- Without a quota there is nothing that could be exceeded.
        case when not (is_per_event or is_in_units or is_score_read) then {{ prorated('nullif(quota_amount, 0)', 'attainment_cap') }} end
            as range_cap,
        -- A quota of 0 leaves nothing to compare: the guaranteed attainment reaches the cliff, or does not.
        case
            when is_of_quota then {{ prorated('nullif(quota_amount, 0)', 'cliff_from') }}
            else cliff_from
        end as cliff_threshold
    from measured
),

ranged as (
    select
        *,
        cast(least(range_from, range_cap) as decimal(18, 6)) as basis_from,
        cast(least(range_to, range_cap) as decimal(18, 6)) as basis_to,
        cast(least(range_total, range_cap) as decimal(18, 6)) as basis_total,
        cast(abs(range_to - range_from) as decimal(18, 6)) as basis_width,
        case
            when cliff_from is null then true
            -- The mean is not divided: the sum of the scores is compared with the threshold of each.
            when tier_basis = 'score'
                then
                    score_count >= greatest(coalesce(answer_count_from, 1), 1)
                    and {{ exact_product([['score_total', 6]]) }} >= {{ exact_product([['cliff_from', 6], ['score_count', 0]]) }}
            when is_of_quota and quota_amount = 0 then coalesce(guaranteed_attainment >= cliff_from, false)
            else coalesce(range_total >= cliff_threshold, false)
        end as is_cliff_reached
    from unbounded
)

select * from ranged
