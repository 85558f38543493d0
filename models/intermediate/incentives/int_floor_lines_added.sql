with components as (
    select
        plan_code,
        component_code,
        in_force_from,
        in_force_to,
        window_type,
        floor_amount
    from {{ ref('int_components_in_force') }}
    where floor_amount is not null
),

assignments as (
    select
        payee_id,
        plan_code,
        valid_from,
        valid_to
    from {{ ref('payee_assignments') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

month_ends as (
    select calendar.day_on
    from {{ ref('int_days_spanned') }} as calendar
    cross join cutoff
    where calendar.day_on = calendar.month_end and calendar.day_on <= cutoff.cutoff_on
),

-- Who has the component on the last day of a window has its floor.
floored_windows as (
    select
        assignments.payee_id,
        components.plan_code,
        components.component_code,
        components.in_force_from,
        components.floor_amount,
        month_ends.day_on as window_end,
        {{ fiscal_period_start('month_ends.day_on', 'components.window_type') }} as window_start
    from month_ends
    inner join components
        on
            month_ends.day_on >= components.in_force_from
            and (components.in_force_to is null or month_ends.day_on < components.in_force_to)
            and month_ends.day_on = {{ fiscal_period_end('month_ends.day_on', 'components.window_type') }}
    inner join assignments
        on
            components.plan_code = assignments.plan_code
            and month_ends.day_on >= assignments.valid_from
            and (assignments.valid_to is null or month_ends.day_on < assignments.valid_to)
),

lines as (
    select
        based.payee_id,
        based.component_code,
        based.window_start,
        sum(valued.after_cliff_amount) as window_amount
    from {{ ref('int_lines_based') }} as based
    inner join {{ ref('int_lines_valued') }} as valued
        on
            based.payee_id = valued.payee_id
            and based.component_code = valued.component_code
            and based.basis_key = valued.basis_key
    group by based.payee_id, based.component_code, based.window_start
),

added as (
    select
        floored_windows.payee_id,
        floored_windows.component_code,
        'window:' || cast(floored_windows.window_start as string) as basis_key,
        floored_windows.plan_code,
        floored_windows.in_force_from,
        floored_windows.window_start,
        floored_windows.window_end as earned_on,
        cast(floored_windows.floor_amount - coalesce(lines.window_amount, 0) as decimal(18, 2)) as floor_amount
    from floored_windows
    left join lines
        on
            floored_windows.payee_id = lines.payee_id
            and floored_windows.component_code = lines.component_code
            and floored_windows.window_start = lines.window_start
)

select * from added
where floor_amount > 0
