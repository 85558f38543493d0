with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        reversed_event_key,
        measure,
        occurred_on,
        attainment_after_clawback,
        minor_unit_digits,
        plan_credit_amount,
        unit_count,
        score,
        row_number() over (
            partition by payee_id, measure, basis_key
            order by
                abs(plan_credit_amount) desc,
                case attainment_after_clawback when 'remove_at_origin' then 1 when 'remove_at_trigger' then 2 else 3 end,
                component_code
        ) as choice_number
    from {{ ref('int_lines_based') }}
),

-- Several components may credit an event to one measure: it counts once, as the largest, of equal ones as the one that takes back first.
chosen as (
    select * from lines
    where choice_number = 1
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
        measure,
        reversed_event_key,
        sum(plan_credit_amount) as reversed_credit_amount
    from chosen
    where reversed_event_key is not null and attainment_after_clawback = 'remove_at_origin'
    group by payee_id, measure, reversed_event_key
),

left_over as (
    select
        chosen.*,
        retained.triggered_on,
        coalesce(retained.retained_part, 1) as retained_part,
        coalesce(retained.retained_whole, 1) as retained_whole,
        chosen.plan_credit_amount + coalesce(reversals.reversed_credit_amount, 0) as unreversed_amount
    from chosen
    left join retained
        on
            chosen.payee_id = retained.payee_id
            and chosen.component_code = retained.component_code
            and chosen.basis_key = retained.basis_key
    left join reversals
        on
            chosen.payee_id = reversals.payee_id
            and chosen.measure = reversals.measure
            and chosen.basis_key = reversals.reversed_event_key
    where chosen.reversed_event_key is null
),

kept as (
    select
        *,
        {{ money_share(
            'unreversed_amount', times=[['retained_part', 2]], over=[['retained_whole', 2]], minor_unit_digits='minor_unit_digits'
        ) }} as kept_amount
    from left_over
),

-- What is taken back leaves attainment where the event was, where it was taken back, or not at all.
counted as (
    select
        payee_id,
        measure,
        basis_key as event_key,
        occurred_on,
        case attainment_after_clawback when 'remove_at_origin' then kept_amount else unreversed_amount end as credit_amount,
        unit_count,
        score
    from kept
    union all
    select
        payee_id,
        measure,
        basis_key || ':removed' as event_key,
        triggered_on as occurred_on,
        kept_amount - unreversed_amount as credit_amount,
        cast(null as decimal(18, 6)) as unit_count,
        cast(null as decimal(18, 6)) as score
    from kept
    where attainment_after_clawback = 'remove_at_trigger' and triggered_on is not null
    union all
    select
        payee_id,
        measure,
        basis_key as event_key,
        occurred_on,
        plan_credit_amount as credit_amount,
        cast(null as decimal(18, 6)) as unit_count,
        cast(null as decimal(18, 6)) as score
    from chosen
    where attainment_after_clawback = 'remove_at_trigger' and reversed_event_key is not null
)

select * from counted
