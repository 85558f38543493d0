with adjustments as (
    select * from {{ ref('pay_adjustments') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- In effect once it is dated and approved, by somebody else than who asked for it.
in_effect as (
    select
        adjustments.payee_id,
        adjustments.component_code,
        'adjustment:' || adjustments.adjustment_id as basis_key,
        'adjustment' as part,
        {{ month_start('adjustments.effective_on') }} as earning_period_start,
        adjustments.currency,
        adjustments.amount,
        adjustments.effective_on,
        adjustments.measure,
        {{ fingerprint(['adjustments.amount', 'adjustments.currency', 'adjustments.effective_on', 'adjustments.reason_code']) }}
            as event_fingerprint
    from adjustments
    cross join cutoff
    where
        greatest(adjustments.effective_on, adjustments.approved_on) <= cutoff.cutoff_on
        and adjustments.approved_on is not null
        and adjustments.requested_by <> adjustments.approved_by
)

select * from in_effect
