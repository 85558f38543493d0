with lines as (
    select * from {{ ref('int_lines_completed') }}
),

components as (
    select
        plan_code,
        component_code,
        in_force_from,
        plan_currency,
        rate_type,
        is_interim
    from {{ ref('int_components_in_force') }}
),

payees as (
    select
        payees.payee_id,
        payees.pay_currency,
        currencies.minor_unit_digits as pay_minor_unit_digits
    from {{ ref('payees') }} as payees
    inner join {{ ref('currencies') }} as currencies on payees.pay_currency = currencies.currency_code
),

rates as (
    select * from {{ ref('int_pay_rates_by_month') }}
),

rated as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        lines.earning_period_start,
        components.is_interim,
        components.plan_currency,
        payees.pay_currency,
        payees.pay_minor_unit_digits,
        lines.after_payee_cap_amount,
        lines.retained_amount,
        lines.released_amount,
        cast(case when components.plan_currency = payees.pay_currency then 1 else rates.rate end as decimal(18, 10)) as pay_rate,
        lines.is_rate_provisional
        or coalesce(components.plan_currency <> payees.pay_currency and rates.is_provisional, false) as is_rate_provisional
    from lines
    inner join components
        on
            lines.plan_code = components.plan_code
            and lines.component_code = components.component_code
            and lines.in_force_from = components.in_force_from
    inner join payees on lines.payee_id = payees.payee_id
    left join rates
        on
            components.rate_type = rates.rate_type
            and components.plan_currency = rates.from_currency
            and payees.pay_currency = rates.to_currency
            and {{ month_start('lines.credited_on') }} = rates.month_start
),

-- At the rate of the event's month, also for what follows later; the parts are differences of these, so that they sum up.
converted as (
    select
        payee_id,
        component_code,
        basis_key,
        earning_period_start,
        is_interim,
        plan_currency,
        pay_currency,
        pay_rate,
        is_rate_provisional,
        {{ money_share('after_payee_cap_amount', times=[['pay_rate', 10]], minor_unit_digits='pay_minor_unit_digits') }}
            as pay_earned_amount,
        {{ money_share('retained_amount', times=[['pay_rate', 10]], minor_unit_digits='pay_minor_unit_digits') }} as pay_retained_amount,
        {{ money_share('released_amount', times=[['pay_rate', 10]], minor_unit_digits='pay_minor_unit_digits') }} as pay_released_amount
    from rated
)

select * from converted
