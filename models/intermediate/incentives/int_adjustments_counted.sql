with adjustments as (
    select * from {{ ref('int_adjustments_listed') }}
    where measure is not null
),

assignments as (
    select
        payee_id,
        plan_code,
        valid_from,
        valid_to
    from {{ ref('payee_assignments') }}
),

components as (
    select * from {{ ref('int_components_in_force') }}
),

rates as (
    select * from {{ ref('int_pay_rates_by_month') }}
),

-- Several components of one measure share its window: the adjustment counts there once.
measured as (
    select distinct
        adjustments.payee_id,
        adjustments.basis_key,
        adjustments.effective_on,
        adjustments.measure,
        adjustments.currency,
        adjustments.amount,
        components.window_type,
        components.plan_currency,
        components.rate_type,
        components.minor_unit_digits
    from adjustments
    inner join assignments
        on
            adjustments.payee_id = assignments.payee_id
            and adjustments.effective_on >= assignments.valid_from
            and (assignments.valid_to is null or adjustments.effective_on < assignments.valid_to)
    inner join components
        on
            assignments.plan_code = components.plan_code
            and adjustments.measure = components.measure
            and adjustments.effective_on >= components.in_force_from
            and (components.in_force_to is null or adjustments.effective_on < components.in_force_to)
),

rated as (
    select
        measured.*,
        cast(case when measured.currency = measured.plan_currency then 1 else rates.rate end as decimal(18, 10)) as rate
    from measured
    left join rates
        on
            measured.rate_type = rates.rate_type
            and measured.currency = rates.from_currency
            and measured.plan_currency = rates.to_currency
            and {{ month_start('measured.effective_on') }} = rates.month_start
),

counted as (
    select
        payee_id,
        basis_key,
        measure,
        window_type,
        {{ fiscal_period_start('effective_on', 'window_type') }} as window_start,
        effective_on,
        currency,
        plan_currency,
        {{ money_share('amount', times=[['rate', 10]], minor_unit_digits='minor_unit_digits') }} as plan_credit_amount
    from rated
)

select * from counted
