with credits as (
    select
        event_key,
        component_code,
        payee_id,
        credit_kind,
        uncredited_reason,
        credit_amount,
        credit_percent,
        movement_item_key
    from {{ ref('int_credits_given') }}
    union all
    select
        event_key,
        component_code,
        payee_id,
        credit_kind,
        uncredited_reason,
        credit_amount,
        credit_percent,
        cast(null as string) as movement_item_key
    from {{ ref('int_reversed_credits_fitted') }}
),

events as (
    select
        event_key,
        credited_on,
        currency,
        unit_count
    from {{ ref('int_incentive_events') }}
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

-- Who is credited gets a line only where the plan of that day has the component; the credit stands all the same.
planned as (
    select
        credits.*,
        events.credited_on,
        events.currency,
        events.unit_count,
        components.plan_code,
        components.component_valid_from,
        components.in_force_from,
        components.plan_currency,
        components.rate_type,
        components.minor_unit_digits
    from credits
    inner join events on credits.event_key = events.event_key
    left join assignments
        on
            credits.payee_id = assignments.payee_id
            and events.credited_on >= assignments.valid_from
            and (assignments.valid_to is null or events.credited_on < assignments.valid_to)
    left join components
        on
            assignments.plan_code = components.plan_code
            and credits.component_code = components.component_code
            and events.credited_on >= components.in_force_from
            and (components.in_force_to is null or events.credited_on < components.in_force_to)
),

rated as (
    select
        planned.*,
        case when coalesce(planned.currency, planned.plan_currency) = planned.plan_currency then 1 else rates.rate end as rate,
        planned.currency <> planned.plan_currency and rates.is_provisional as is_rate_provisional
    from planned
    left join rates
        on
            planned.rate_type = rates.rate_type
            and planned.currency = rates.from_currency
            and planned.plan_currency = rates.to_currency
            and {{ month_start('planned.credited_on') }} = rates.month_start
),

converted as (
    select
        event_key,
        component_code,
        payee_id,
        credit_kind,
        uncredited_reason,
        movement_item_key,
        credited_on,
        currency,
        credit_amount,
        credit_percent,
        unit_count,
        plan_code,
        in_force_from,
        component_valid_from,
        plan_currency,
        minor_unit_digits,
        cast(rate as decimal(18, 10)) as rate,
        coalesce(is_rate_provisional, false) as is_rate_provisional,
        {{ money_share('credit_amount', times=[['rate', 10]], minor_unit_digits='minor_unit_digits') }} as plan_credit_amount
    from rated
)

select * from converted
