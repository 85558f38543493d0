with slices as (
    select * from {{ ref('int_line_slices_fitted') }}
),

reversed_lines as (
    select
        payee_id,
        component_code,
        basis_key,
        gross_amount
    from {{ ref('int_lines_reversed') }}
    where gross_amount <> 0
),

based as (
    select
        payee_id,
        component_code,
        basis_key,
        reversed_event_key,
        plan_credit_amount,
        minor_unit_digits
    from {{ ref('int_lines_based') }}
    where reversed_event_key is not null
),

-- The slices of what is taken back, in proportion; their rates are those that were paid.
joined as (
    select
        reversed_lines.payee_id,
        reversed_lines.component_code,
        reversed_lines.basis_key,
        slices.slice_number,
        slices.tier_from,
        slices.tier_to,
        slices.rate,
        abs(slices.amount) as slice_weight,
        abs(slices.credit_amount) as credit_weight,
        reversed_lines.gross_amount,
        abs(reversed_lines.gross_amount) as absolute_amount,
        based.plan_credit_amount,
        abs(based.plan_credit_amount) as absolute_credit_amount,
        based.minor_unit_digits
    from reversed_lines
    inner join based
        on
            reversed_lines.payee_id = based.payee_id
            and reversed_lines.component_code = based.component_code
            and reversed_lines.basis_key = based.basis_key
    inner join slices
        on
            based.payee_id = slices.payee_id
            and based.component_code = slices.component_code
            and based.reversed_event_key = slices.basis_key
),

shared as (
    {{ largest_remainder(
        'joined',
        [
            'payee_id', 'component_code', 'basis_key', 'slice_number', 'tier_from', 'tier_to', 'rate', 'gross_amount',
            'credit_weight', 'plan_credit_amount', 'absolute_credit_amount', 'minor_unit_digits',
        ],
        partition_by=['payee_id', 'component_code', 'basis_key'],
        whole='absolute_amount',
        weight='slice_weight',
        tie_breaker='slice_number',
        share='absolute_slice_amount',
        minor_unit_digits='minor_unit_digits'
    ) }}
),

credited as (
    {{ largest_remainder(
        'shared',
        [
            'payee_id', 'component_code', 'basis_key', 'slice_number', 'tier_from', 'tier_to', 'rate', 'gross_amount',
            'absolute_slice_amount', 'plan_credit_amount',
        ],
        partition_by=['payee_id', 'component_code', 'basis_key'],
        whole='absolute_credit_amount',
        weight='credit_weight',
        tie_breaker='slice_number',
        share='absolute_slice_credit_amount',
        minor_unit_digits='minor_unit_digits'
    ) }}
),

fitted as (
    select
        payee_id,
        component_code,
        basis_key,
        slice_number,
        tier_from,
        tier_to,
        cast(
            case when plan_credit_amount < 0 then -absolute_slice_credit_amount else absolute_slice_credit_amount end as decimal(18, 2)
        ) as credit_amount,
        rate,
        cast(case when gross_amount < 0 then -absolute_slice_amount else absolute_slice_amount end as decimal(18, 2)) as amount
    from credited
)

select * from fitted
