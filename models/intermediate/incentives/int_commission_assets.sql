with costs as (
    select * from {{ ref('int_commission_costs_listed') }}
),

events as (
    select
        event_key,
        event_type,
        occurred_on,
        contract_id,
        product_line
    from {{ ref('int_incentive_events') }}
),

contracts as (
    select
        contract_id,
        contract_months
    from {{ ref('int_contracts_linked') }}
),

benefit_periods as (
    select * from {{ ref('benefit_periods') }}
),

churns as (
    select
        contract_id,
        occurred_on
    from events
    where event_type = 'mrr_churn' and contract_id is not null
),

begun as (
    select
        asset_key,
        currency,
        min(earning_period_start) as first_earning_period_start
    from costs
    group by asset_key, currency
),

-- The row of the product line before the one that holds for all. What no event causes has no contract, and no period of benefit.
joined as (
    select
        begun.asset_key,
        begun.currency,
        events.contract_id,
        events.event_type,
        coalesce({{ month_start('events.occurred_on') }}, begun.first_earning_period_start) as starts_on,
        coalesce(of_line.is_renewal_commensurate, of_all.is_renewal_commensurate, false) as is_commensurate,
        coalesce(of_line.benefit_months, of_all.benefit_months) as benefit_months,
        contracts.contract_months
    from begun
    left join events on begun.asset_key = events.event_key
    left join contracts on events.contract_id = contracts.contract_id
    left join benefit_periods as of_line
        on
            events.event_type = of_line.event_type
            and events.product_line = of_line.product_line
    left join benefit_periods as of_all
        on
            events.event_type = of_all.event_type
            and of_all.product_line is null
),

-- A contract that is lost, and won back later, was lost: what was left of its asset stays written off.
lost as (
    select
        joined.asset_key,
        joined.currency,
        min({{ month_start('churns.occurred_on') }}) as lost_in
    from joined
    inner join churns
        on
            joined.contract_id = churns.contract_id
            and joined.starts_on <= churns.occurred_on
    group by joined.asset_key, joined.currency
),

periods as (
    select
        joined.asset_key,
        joined.currency,
        joined.contract_id,
        joined.event_type,
        joined.starts_on,
        cast(case
            when joined.is_commensurate then coalesce(joined.contract_months, joined.benefit_months)
            else joined.benefit_months
        end as int) as benefit_months,
        lost.lost_in
    from joined
    left join lost
        on
            joined.asset_key = lost.asset_key
            and joined.currency = lost.currency
),

assets as (
    select
        *,
        coalesce(
            benefit_months > {{ var('commission_expedient_months') }}
            or (benefit_months > 0 and not {{ var('commission_expedient') }}),
            false
        ) as is_capitalised
    from periods
)

select * from assets
