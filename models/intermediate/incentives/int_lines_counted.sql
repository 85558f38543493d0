with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        mode,
        minor_unit_digits,
        credit_percent,
        case when plan_credit_amount < 0 then -component_amount else component_amount end as fixed_amount,
        component_amount,
        unit_size,
        is_pro_rata,
        basis_from,
        basis_to,
        case when cliff_mode = 'threshold' then cliff_threshold end as paid_from
    from {{ ref('int_lines_ranged') }}
    where mode in ('per_unit', 'fixed')
),

steps as (
    select
        *,
        'gross' as step,
        basis_from as low,
        basis_to as high
    from lines
    union all
    select
        *,
        'paid' as step,
        greatest(basis_from, paid_from) as low,
        greatest(basis_to, paid_from) as high
    from lines
),

-- A block counts where it is completed, whoever sold its first units.
blocks as (
    select
        *,
        {{ integer_quotient(exact_product([['high', 6]]), exact_product([['unit_size', 6]])) }}
        - {{ integer_quotient(exact_product([['low', 6]]), exact_product([['unit_size', 6]])) }} as block_count
    from steps
),

valued as (
    select
        *,
        case
            when mode = 'fixed'
                then {{ money_share('fixed_amount', times=[['credit_percent', 6]], minor_unit_digits='minor_unit_digits') }}
            when is_pro_rata
                then {{ money_share(
                    'component_amount', times=[['high - low', 6], ['credit_percent', 6]], over=[['unit_size', 6]],
                    minor_unit_digits='minor_unit_digits'
                ) }}
            else {{ money_share(
                'component_amount', times=[['block_count', 0], ['credit_percent', 6]], minor_unit_digits='minor_unit_digits'
            ) }}
        end as amount
    from blocks
),

counted as (
    select
        payee_id,
        component_code,
        basis_key,
        max(case when step = 'gross' then amount end) as gross_amount,
        max(case when step = 'paid' then amount end) as paid_amount
    from valued
    group by payee_id, component_code, basis_key
)

select * from counted
