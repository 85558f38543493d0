-- What was capitalised, over all closed months, is the incremental pay that the ledger holds for it, with on-cost.
with closed_months as (
    select period_start
    from {{ source('ledger', 'ledger_closes') }}
    where kind = 'final'
),

posted as (
    select
        posted_costs.currency,
        sum(posted_costs.amount + posted_costs.on_cost_amount) as posted_amount
    from {{ ref('int_commission_costs_listed') }} as posted_costs
    inner join {{ ref('int_commission_assets') }} as commission_assets
        on
            posted_costs.asset_key = commission_assets.asset_key
            and posted_costs.currency = commission_assets.currency
    inner join closed_months on posted_costs.posting_period_start = closed_months.period_start
    where posted_costs.part = 'earned' and commission_assets.is_capitalised
    group by posted_costs.currency
),

capitalised as (
    select
        currency,
        sum(capitalised_amount) as capitalised_amount
    from {{ ref('fct_capitalised_commissions_by_contract_month') }}
    group by currency
)

select
    coalesce(posted.currency, capitalised.currency) as currency,
    posted.posted_amount,
    capitalised.capitalised_amount
from posted
full outer join capitalised on posted.currency = capitalised.currency
where coalesce(posted.posted_amount, 0) <> coalesce(capitalised.capitalised_amount, 0)
