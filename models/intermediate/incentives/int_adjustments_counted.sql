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

plans as (
    select * from {{ ref('plans') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

rates as (
    select * from {{ ref('int_pay_rates_by_month') }}
),

-- In the currency of the plan of its day, whether or not that plan still has a component of the measure: the window may.
measured as (
    select
        adjustments.payee_id,
        adjustments.basis_key,
        adjustments.effective_on,
        adjustments.measure,
        adjustments.currency,
        adjustments.amount,
        plans.currency as plan_currency,
        plans.rate_type,
        currencies.minor_unit_digits
    from adjustments
    inner join assignments
        on
            adjustments.payee_id = assignments.payee_id
            and adjustments.effective_on >= assignments.valid_from
            and (assignments.valid_to is null or adjustments.effective_on < assignments.valid_to)
    inner join plans
        on
            assignments.plan_code = plans.plan_code
            and adjustments.effective_on >= plans.valid_from
            and (plans.valid_to is null or adjustments.effective_on < plans.valid_to)
    inner join currencies on plans.currency = currencies.currency_code
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
        effective_on,
        currency,
        plan_currency,
        {{ money_share('amount', times=[['rate', 10]], minor_unit_digits='minor_unit_digits') }} as plan_credit_amount
    from rated
)

select * from counted
