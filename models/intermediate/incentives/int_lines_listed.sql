with event_lines as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        in_force_from,
        occurred_on,
        credited_on,
        is_rate_provisional
    from {{ ref('int_lines_based') }}
    where reversed_event_key is null
),

valued as (
    select * from {{ ref('int_lines_valued') }}
),

floor_lines as (
    select * from {{ ref('int_floor_lines_added') }}
),

listed as (
    select
        event_lines.payee_id,
        event_lines.component_code,
        event_lines.basis_key,
        event_lines.plan_code,
        event_lines.in_force_from,
        event_lines.occurred_on as earned_on,
        event_lines.credited_on,
        event_lines.is_rate_provisional,
        valued.gross_amount,
        valued.after_cliff_amount,
        valued.after_cliff_amount as after_floor_amount
    from event_lines
    inner join valued
        on
            event_lines.payee_id = valued.payee_id
            and event_lines.component_code = valued.component_code
            and event_lines.basis_key = valued.basis_key
    union all
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        in_force_from,
        earned_on,
        earned_on as credited_on,
        false as is_rate_provisional,
        0 as gross_amount,
        0 as after_cliff_amount,
        floor_amount as after_floor_amount
    from floor_lines
)

select * from listed
