with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        component_valid_from,
        window_start,
        tier_basis,
        event_number,
        basis_from,
        basis_to,
        case when cliff_mode = 'threshold' then cliff_threshold end as paid_from
    from {{ ref('int_lines_ranged') }}
    where mode = 'interpolated'
),

tiers as (
    select * from {{ ref('int_tiers_bounded') }}
),

-- The curve is read where the event begins and ends, for what is paid from the cliff's threshold on.
read_at as (
    select
        *,
        'gross_from' as point_name,
        basis_from as read_on
    from lines
    union all
    select
        *,
        'gross_to' as point_name,
        basis_to as read_on
    from lines
    union all
    select
        *,
        'paid_from' as point_name,
        greatest(basis_from, paid_from) as read_on
    from lines
    union all
    select
        *,
        'paid_to' as point_name,
        greatest(basis_to, paid_from) as read_on
    from lines
),

found as (
    select
        read_at.payee_id,
        read_at.component_code,
        read_at.basis_key,
        read_at.point_name,
        read_at.tier_basis,
        -- Where there is no quota the guaranteed point is paid once, with the first event of the window.
        case
            when tiers.is_without_quota and read_at.point_name in ('gross_from', 'paid_from') and read_at.event_number = 1 then 0
            else tiers.amount_at_from
        end as start_amount,
        case
            when tiers.is_without_quota and read_at.point_name in ('gross_from', 'paid_from') and read_at.event_number = 1 then 0
            else coalesce(tiers.next_amount_at_from - tiers.amount_at_from, 0)
        end as rise_amount,
        case
            when tiers.is_without_quota then tiers.guaranteed_attainment - tiers.tier_from
            else greatest(read_at.read_on - tiers.threshold, 0)
        end as run,
        coalesce(
            case when tiers.is_without_quota then tiers.tier_to - tiers.tier_from else tiers.next_threshold - tiers.threshold end, 1
        ) as width
    from read_at
    inner join tiers
        on
            read_at.payee_id = tiers.payee_id
            and read_at.plan_code = tiers.plan_code
            and read_at.component_code = tiers.component_code
            and read_at.component_valid_from = tiers.component_valid_from
            and read_at.window_start = tiers.window_start
            and (tiers.basis_from is null or read_at.read_on >= tiers.basis_from)
            and (tiers.basis_to is null or read_at.read_on < tiers.basis_to)
),

-- A point on a mark of the curve needs no fraction.
reduced as (
    select
        payee_id,
        component_code,
        basis_key,
        point_name,
        cast(start_amount as decimal(18, 2)) as start_amount,
        cast(case when run = 0 then 0 else rise_amount end as decimal(18, 2)) as rise_amount,
        case
            when tier_basis in ('units', 'score') then {{ exact_product([['run', 6]]) }}
            else {{ exact_product([['run', 2]]) }}
        end as run_units,
        case
            when run = 0 or rise_amount = 0 then 1
            when tier_basis in ('units', 'score') then {{ exact_product([['width', 6]]) }}
            else {{ exact_product([['width', 2]]) }}
        end as width_units
    from found
)

select * from reduced
