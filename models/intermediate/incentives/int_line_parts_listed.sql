with converted as (
    select * from {{ ref('int_lines_converted') }}
),

-- What is earned, less what is clawed back, less what still waits, is what may be paid by now.
parts as (
    select
        *,
        'earned' as part,
        pay_earned_amount as amount
    from converted
    union all
    select
        *,
        'clawback' as part,
        cast(pay_retained_amount - pay_earned_amount as decimal(18, 2)) as amount
    from converted
    union all
    select
        *,
        'held' as part,
        cast(pay_released_amount - pay_retained_amount as decimal(18, 2)) as amount
    from converted
),

listed as (
    select
        payee_id,
        component_code,
        basis_key,
        part,
        earning_period_start,
        pay_currency as currency,
        amount,
        is_interim,
        is_rate_provisional
    from parts
    where amount <> 0
)

select * from listed
