with lines as (
    select * from {{ ref('int_lines_listed') }}
),

components as (
    select
        plan_code,
        component_code,
        in_force_from,
        is_cap_refundable,
        minor_unit_digits
    from {{ ref('int_components_in_force') }}
),

retained as (
    select
        payee_id,
        component_code,
        basis_key,
        retained_part,
        retained_whole
    from {{ ref('int_lines_retained') }}
),

reversals as (
    select
        reversed_event_key,
        event_amount,
        reversed_to_date
    from {{ ref('int_reversals_dated') }}
    where is_latest
),

joined as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.plan_code,
        lines.earned_on,
        lines.after_floor_amount as full_amount,
        components.is_cap_refundable,
        components.minor_unit_digits,
        coalesce(retained.retained_part, 1) as retained_part,
        coalesce(retained.retained_whole, 1) as retained_whole,
        coalesce(reversals.event_amount - reversals.reversed_to_date, 1) as unreversed_amount,
        coalesce(reversals.event_amount, 1) as event_amount
    from lines
    inner join components
        on
            lines.plan_code = components.plan_code
            and lines.component_code = components.component_code
            and lines.in_force_from = components.in_force_from
    left join retained
        on
            lines.payee_id = retained.payee_id
            and lines.component_code = retained.component_code
            and lines.basis_key = retained.basis_key
    left join reversals on lines.basis_key = reversals.reversed_event_key
),

-- Only where it is said so, what was clawed back leaves the line before the caps and frees room for others.
netted as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        earned_on,
        cast(full_amount as decimal(18, 2)) as full_amount,
        case
            when is_cap_refundable
                then {{ money_share(
                    'full_amount', times=[['retained_part', 2]], over=[['retained_whole', 2]], minor_unit_digits='minor_unit_digits'
                ) }}
            else cast(full_amount as decimal(18, 2))
        end as kept_amount,
        case
            when is_cap_refundable
                then {{ money_share(
                    'full_amount', times=[['retained_part', 2], ['unreversed_amount', 2]],
                    over=[['retained_whole', 2], ['event_amount', 2]], minor_unit_digits='minor_unit_digits'
                ) }}
            else cast(full_amount as decimal(18, 2))
        end as used_amount
    from joined
)

select * from netted
