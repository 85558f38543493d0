with periods as (
    select * from {{ ref('int_quota_periods_windowed') }}
),

payees as (
    select
        payee_id,
        joined_on,
        left_on
    from {{ ref('payees') }}
),

assignments as (
    select
        payee_id,
        valid_from,
        valid_to,
        is_on_leave
    from {{ ref('payee_assignments') }}
),

ramps as (
    select
        payee_id,
        measure,
        valid_from,
        valid_to,
        ramp_share
    from {{ ref('quota_ramps') }}
),

employed_spans as (
    select
        periods.*,
        assignments.is_on_leave,
        greatest(periods.period_start, assignments.valid_from, payees.joined_on) as span_from,
        least(periods.period_until, assignments.valid_to, payees.left_on) as span_until
    from periods
    inner join payees on periods.payee_id = payees.payee_id
    inner join assignments
        on
            periods.payee_id = assignments.payee_id
            and greatest(periods.period_start, assignments.valid_from, payees.joined_on)
            < least(periods.period_until, assignments.valid_to, payees.left_on)
),

employed_days as (
    select
        *,
        {{ days_between('span_from', 'span_until') }} as employed_days,
        case when is_on_leave then 0 else {{ days_between('span_from', 'span_until') }} end as quota_days
    from employed_spans
),

ramped_spans as (
    select
        employed_spans.*,
        ramps.ramp_share,
        greatest(employed_spans.span_from, ramps.valid_from) as ramped_from,
        least(employed_spans.span_until, ramps.valid_to) as ramped_until
    from employed_spans
    inner join ramps
        on
            employed_spans.payee_id = ramps.payee_id
            and employed_spans.measure = ramps.measure
            and greatest(employed_spans.span_from, ramps.valid_from) < least(employed_spans.span_until, ramps.valid_to)
),

-- Days are counted by span, never one by one: a ramp takes away what it does not count of them.
counted as (
    select
        payee_id,
        measure,
        window_type,
        window_start,
        window_end,
        period_start,
        span_from,
        period_days,
        common_days,
        amount,
        currency,
        employed_days,
        cast(quota_days as decimal(18, 6)) as quota_days
    from employed_days
    union all
    select
        payee_id,
        measure,
        window_type,
        window_start,
        window_end,
        period_start,
        ramped_from as span_from,
        period_days,
        common_days,
        amount,
        currency,
        0 as employed_days,
        case
            when is_on_leave then 0
            else {{ prorated(days_between('ramped_from', 'ramped_until'), 'ramp_share - 1', scale=6) }}
        end as quota_days
    from ramped_spans
)

select * from counted
