with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        reversed_event_key,
        measure,
        window_type,
        window_start,
        occurred_on,
        attainment_after_clawback,
        minor_unit_digits,
        plan_credit_amount,
        unit_count,
        score
    from {{ ref('int_lines_based') }}
),

retained as (
    select
        payee_id,
        component_code,
        basis_key,
        triggered_on,
        retained_part,
        retained_whole
    from {{ ref('int_lines_retained') }}
),

reversals as (
    select
        payee_id,
        component_code,
        reversed_event_key,
        sum(plan_credit_amount) as reversed_credit_amount
    from lines
    where reversed_event_key is not null
    group by payee_id, component_code, reversed_event_key
),

kept as (
    select
        lines.*,
        retained.triggered_on,
        coalesce(
            {{ money_share(
                'lines.plan_credit_amount', times=[['retained.retained_part', 2]], over=[['retained.retained_whole', 2]],
                minor_unit_digits='lines.minor_unit_digits'
            ) }},
            lines.plan_credit_amount
        ) as kept_credit_amount,
        coalesce(reversals.reversed_credit_amount, 0) as reversed_credit_amount
    from lines
    left join retained
        on
            lines.payee_id = retained.payee_id
            and lines.component_code = retained.component_code
            and lines.basis_key = retained.basis_key
    left join reversals
        on
            lines.payee_id = reversals.payee_id
            and lines.component_code = reversals.component_code
            and lines.basis_key = reversals.reversed_event_key
),

-- What is taken back leaves attainment where the event was, where it was taken back, or not at all.
counted as (
    select
        payee_id,
        component_code,
        measure,
        window_type,
        window_start,
        basis_key as event_key,
        occurred_on,
        plan_credit_amount as credit_amount,
        case
            when attainment_after_clawback = 'remove_at_origin' and plan_credit_amount < 0
                then greatest(plan_credit_amount - kept_credit_amount - reversed_credit_amount, plan_credit_amount)
            when attainment_after_clawback = 'remove_at_origin'
                then least(plan_credit_amount - kept_credit_amount - reversed_credit_amount, plan_credit_amount)
            else 0
        end as removed_amount,
        unit_count,
        score
    from kept
    where reversed_event_key is null
    union all
    select
        payee_id,
        component_code,
        measure,
        window_type,
        {{ fiscal_period_start('triggered_on', 'window_type') }} as window_start,
        basis_key || ':removed' as event_key,
        triggered_on as occurred_on,
        kept_credit_amount - plan_credit_amount as credit_amount,
        0 as removed_amount,
        cast(null as decimal(18, 6)) as unit_count,
        cast(null as decimal(18, 6)) as score
    from kept
    where attainment_after_clawback = 'remove_at_trigger' and triggered_on is not null
    union all
    select
        payee_id,
        component_code,
        measure,
        window_type,
        window_start,
        basis_key as event_key,
        occurred_on,
        plan_credit_amount as credit_amount,
        0 as removed_amount,
        cast(null as decimal(18, 6)) as unit_count,
        cast(null as decimal(18, 6)) as score
    from kept
    where attainment_after_clawback = 'remove_at_trigger' and reversed_event_key is not null
)

select * from counted
