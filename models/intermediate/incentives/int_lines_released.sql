with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        in_force_from,
        earned_on
    from {{ ref('int_lines_listed') }}
),

releases as (
    select
        event_key,
        plan_code,
        component_code,
        released_part,
        released_whole
    from {{ ref('int_event_releases') }}
),

components as (
    select
        plan_code,
        component_code,
        in_force_from,
        release_on,
        release_days
    from {{ ref('int_components_in_force') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- Pay that no event causes waits for days only: there is no contract that could bring cash or be delivered.
released as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        case
            when releases.event_key is not null then releases.released_part
            when
                components.release_on = 'days'
                and {{ days_later('lines.earned_on', 'coalesce(components.release_days, 0)') }} > cutoff.cutoff_on
                then 0
            else 1
        end as released_part,
        coalesce(releases.released_whole, 1) as released_whole
    from lines
    cross join cutoff
    inner join components
        on
            lines.plan_code = components.plan_code
            and lines.component_code = components.component_code
            and lines.in_force_from = components.in_force_from
    left join releases
        on
            lines.basis_key = releases.event_key
            and lines.plan_code = releases.plan_code
            and lines.component_code = releases.component_code
)

select
    payee_id,
    component_code,
    basis_key,
    cast(released_part as decimal(18, 2)) as released_part,
    cast(released_whole as decimal(18, 2)) as released_whole
from released
