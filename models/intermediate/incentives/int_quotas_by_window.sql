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

summed as (
    select
        payee_id,
        measure,
        window_type,
        window_start,
        window_end,
        currency,
        {{ prorated_sum('amount', 'quota_days', 'period_days', 'common_days') }} as quota_amount,
        max(guaranteed_attainment) as guaranteed_attainment,
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
        currency,
        guaranteed_attainment
    from employed_windows
    -- A window with a day that has no quota has none: a part would be taken for the whole.
    where covered_days = employed_days
)

select * from complete_windows
