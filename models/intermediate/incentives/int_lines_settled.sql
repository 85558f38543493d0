with lines as (
    select * from {{ ref('int_lines_listed') }}
),

capped as (
    select * from {{ ref('int_lines_capped') }}
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

released as (
    select * from {{ ref('int_lines_released') }}
),

joined as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.gross_amount,
        lines.after_cliff_amount,
        lines.after_floor_amount,
        capped.after_component_cap_amount,
        capped.after_plan_cap_amount,
        capped.after_payee_cap_amount,
        capped.rooms,
        coalesce(retained.retained_part, 1) as retained_part,
        coalesce(retained.retained_whole, 1) as retained_whole,
        released.released_part,
        released.released_whole,
        components.minor_unit_digits,
        -- What frees room under the caps was taken out before them.
        case when components.is_cap_refundable then capped.kept_amount else capped.after_payee_cap_amount end as kept_amount,
        case when components.is_cap_refundable then 1 else coalesce(retained.retained_part, 1) end as share_part,
        case when components.is_cap_refundable then 1 else coalesce(retained.retained_whole, 1) end as share_whole
    from lines
    inner join capped
        on
            lines.payee_id = capped.payee_id
            and lines.component_code = capped.component_code
            and lines.basis_key = capped.basis_key
    inner join components
        on
            lines.plan_code = components.plan_code
            and lines.component_code = components.component_code
            and lines.in_force_from = components.in_force_from
    inner join released
        on
            lines.payee_id = released.payee_id
            and lines.component_code = released.component_code
            and lines.basis_key = released.basis_key
    left join retained
        on
            lines.payee_id = retained.payee_id
            and lines.component_code = retained.component_code
            and lines.basis_key = retained.basis_key
),

-- Each is one division from the line: what is released is no share of a rounded amount.
settled as (
    select
        payee_id,
        component_code,
        basis_key,
        cast(gross_amount as decimal(18, 2)) as gross_amount,
        cast(after_cliff_amount as decimal(18, 2)) as after_cliff_amount,
        cast(after_floor_amount as decimal(18, 2)) as after_floor_amount,
        after_component_cap_amount,
        after_plan_cap_amount,
        after_payee_cap_amount,
        rooms,
        cast(retained_part as string) || ' of ' || cast(retained_whole as string) as retained_fraction,
        cast(released_part as string) || ' of ' || cast(released_whole as string) as released_fraction,
        {{ money_share('kept_amount', times=[['share_part', 2]], over=[['share_whole', 2]], minor_unit_digits='minor_unit_digits') }}
            as retained_amount,
        {{ money_share(
            'kept_amount', times=[['share_part', 2], ['released_part', 2]], over=[['share_whole', 2], ['released_whole', 2]],
            minor_unit_digits='minor_unit_digits'
        ) }} as released_amount
    from joined
)

select * from settled
