with counted_days as (
    select * from {{ ref('int_quota_days_counted') }}
),

payees as (
    select
        payee_id,
        joined_on,
        left_on
    from {{ ref('payees') }}
),

guarantees as (
    select
        payee_id,
        measure,
        valid_from,
        valid_to,
        guaranteed_attainment
    from {{ ref('quota_ramps') }}
    where guaranteed_attainment is not null
),

summed as (
    select
        payee_id,
        measure,
        window_type,
        window_start,
        window_end,
        currency,
        {{ prorated_sum('amount', 'quota_days', 'period_days', 'common_days') }} as quota_amount,
        sum(employed_days) as covered_days
    from counted_days
    group by payee_id, measure, window_type, window_start, window_end, currency
),

employed_windows as (
    select
        summed.*,
        {{ days_between(
            'greatest(summed.window_start, payees.joined_on)',
            'least(' ~ days_later('summed.window_end', 1) ~ ', payees.left_on)'
        ) }} as employed_days
    from summed
    inner join payees on summed.payee_id = payees.payee_id
),

complete_windows as (
    select
        payee_id,
        measure,
        window_type,
        window_start,
        window_end,
        quota_amount,
        currency
    from employed_windows
    -- A window with a day that has no quota has none: a part would be taken for the whole.
    where covered_days = employed_days
),

guaranteed as (
    select
        windows.*,
        max(guarantees.guaranteed_attainment) as guaranteed_attainment
    from complete_windows as windows
    left join guarantees
        on
            windows.payee_id = guarantees.payee_id
            and windows.measure = guarantees.measure
            and windows.window_end >= guarantees.valid_from
            and (guarantees.valid_to is null or windows.window_start < guarantees.valid_to)
    group by
        windows.payee_id,
        windows.measure,
        windows.window_type,
        windows.window_start,
        windows.window_end,
        windows.quota_amount,
        windows.currency
)

select * from guaranteed
