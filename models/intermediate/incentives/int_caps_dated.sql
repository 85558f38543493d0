with caps as (
    select
        *,
        lag(valid_to) over (
            partition by cap_scope, plan_code, component_code, payee_id, period_type
            order by valid_from
        ) as previous_valid_to
    from {{ ref('payout_caps') }}
),

placed as (
    select
        *,
        {{ fiscal_period_start('valid_from', 'period_type') }} as first_period_start,
        {{ fiscal_period_end('valid_from', 'period_type') }} as first_period_end,
        {{ fiscal_period_start('valid_to', 'period_type') }} as last_period_start,
        {{ fiscal_period_end('valid_to', 'period_type') }} as last_period_end
    from caps
),

-- A period has one cap: the one in force on its first day, else the one that begins in it.
dated as (
    select
        cap_scope,
        plan_code,
        component_code,
        payee_id,
        period_type,
        amount as cap_amount,
        case
            when previous_valid_to = valid_from and valid_from > first_period_start then {{ days_later('first_period_end', 1) }}
            else first_period_start
        end as holds_from,
        case when valid_to = last_period_start then valid_to else {{ days_later('last_period_end', 1) }} end as holds_to
    from placed
)

select * from dated
