with costs as (
    select * from {{ ref('int_commission_costs_listed') }}
),

assets as (
    select * from {{ ref('int_commission_assets') }}
    where is_capitalised
),

closed_months as (
    select period_start as month_start
    from {{ source('ledger', 'ledger_closes') }}
    where kind = 'final'
),

posted as (
    select
        asset_key,
        currency,
        posting_period_start,
        sum(case when part = 'earned' then amount + on_cost_amount else 0 end) as capitalised_amount,
        sum(case when part = 'clawback' then -(amount + on_cost_amount) else 0 end) as clawback_amount
    from costs
    group by asset_key, currency, posting_period_start
),

begun as (
    select
        asset_key,
        currency,
        min(posting_period_start) as first_posting_period_start
    from posted
    group by asset_key, currency
),

-- The month in which it is earned is the first of the period.
months as (
    select
        assets.asset_key,
        assets.currency,
        assets.contract_id,
        assets.benefit_months,
        assets.lost_in,
        closed_months.month_start,
        greatest(least(
            assets.benefit_months,
            (year(closed_months.month_start) - year(assets.starts_on)) * 12 + month(closed_months.month_start) - month(assets.starts_on) + 1
        ), 0) as served_months
    from assets
    inner join begun on assets.asset_key = begun.asset_key and assets.currency = begun.currency
    inner join closed_months on begun.first_posting_period_start <= closed_months.month_start
),

flows as (
    select
        months.*,
        coalesce(posted.capitalised_amount, 0) as capitalised_amount,
        coalesce(posted.clawback_amount, 0) as clawback_amount,
        sum(coalesce(posted.capitalised_amount, 0)) over (
            partition by months.asset_key, months.currency order by months.month_start
        ) as cost_to_date
    from months
    left join posted
        on
            months.asset_key = posted.asset_key
            and months.currency = posted.currency
            and months.month_start = posted.posting_period_start
),

-- What a clawback takes would have been spread over the months that were left then.
taken as (
    select
        flows.asset_key,
        flows.currency,
        flows.month_start,
        sum(case when clawbacks.month_start < flows.month_start then {{ prorated(
            'clawbacks.clawback_amount', 'flows.benefit_months - flows.served_months',
            'clawbacks.benefit_months - clawbacks.served_months'
        ) }} else 0 end) as taken_before_amount
    from flows
    inner join flows as clawbacks
        on
            flows.asset_key = clawbacks.asset_key
            and flows.currency = clawbacks.currency
            and flows.month_start >= clawbacks.month_start
    where clawbacks.clawback_amount <> 0 and clawbacks.benefit_months > clawbacks.served_months
    group by flows.asset_key, flows.currency, flows.month_start
),

carried as (
    select
        flows.*,
        {{ prorated('flows.cost_to_date', 'flows.benefit_months - flows.served_months', 'flows.benefit_months') }}
        - coalesce(taken.taken_before_amount, 0) as before_clawback_amount
    from flows
    left join taken
        on
            flows.asset_key = taken.asset_key
            and flows.currency = taken.currency
            and flows.month_start = taken.month_start
)

select * from carried
