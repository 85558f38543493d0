with plans as (
    select * from {{ ref('plans') }}
),

plan_components as (
    select * from {{ ref('plan_components') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

-- A component row may outlive a version of its plan: it holds anew in each.
overlapping as (
    select
        plan_components.plan_code,
        plan_components.component_code,
        plan_components.measure,
        plan_components.window_type,
        plan_components.mode,
        plan_components.evaluation,
        plan_components.tier_basis,
        plan_components.rate,
        plan_components.amount,
        plan_components.unit_size,
        plan_components.is_pro_rata,
        plan_components.attainment_cap,
        plan_components.cliff_from,
        plan_components.cliff_mode,
        plan_components.floor_amount,
        plan_components.release_on,
        plan_components.release_days,
        plan_components.is_cap_refundable,
        plan_components.attainment_after_clawback,
        plan_components.is_interim,
        plan_components.is_incremental,
        plan_components.answer_count_from,
        plan_components.anniversary_from,
        plans.plan_version,
        plans.currency as plan_currency,
        plans.rate_type,
        currencies.minor_unit_digits,
        plan_components.valid_from as component_valid_from,
        greatest(plans.valid_from, plan_components.valid_from) as in_force_from,
        case
            when plans.valid_to is null then plan_components.valid_to
            when plan_components.valid_to is null then plans.valid_to
            else least(plans.valid_to, plan_components.valid_to)
        end as in_force_to
    from plans
    inner join plan_components
        on
            plans.plan_code = plan_components.plan_code
            and (plan_components.valid_to is null or plans.valid_from < plan_components.valid_to)
            and (plans.valid_to is null or plans.valid_to > plan_components.valid_from)
    inner join currencies on plans.currency = currencies.currency_code
)

select * from overlapping
