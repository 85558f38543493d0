with won_opportunities as (
    select
        opportunity_id,
        account_id,
        opportunity_type,
        closed_on,
        currency,
        amount,
        contract_months
    from {{ ref('input_opportunities') }}
    where is_won
),

linked as (
    select * from {{ ref('int_billing_starts_linked') }}
),

nearest as (
    select * from {{ ref('int_billing_increases_matched') }}
    where opportunity_id is not null
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

billed as (
    select
        linked.opportunity_id,
        linked.currency,
        'contract' as match_method,
        linked.started_on as billed_on,
        -- An expansion sells what comes on top; a new deal or a renewal the whole.
        case
            when won_opportunities.opportunity_type = 'expansion' then linked.increase_mrr_amount
            else linked.mrr_amount
        end as mrr_amount
    from linked
    inner join won_opportunities on linked.opportunity_id = won_opportunities.opportunity_id
    union all
    select
        opportunity_id,
        currency,
        'nearest' as match_method,
        occurred_on as billed_on,
        mrr_amount
    from nearest
),

billed_by_opportunity as (
    select
        won_opportunities.opportunity_id,
        min(billed.match_method) as match_method,
        min(billed.billed_on) as first_billed_on,
        sum(billed.mrr_amount) filter (where billed.currency = won_opportunities.currency) as billed_mrr_amount,
        count(*) filter (where billed.currency <> won_opportunities.currency) > 0 as has_billing_in_other_currency
    from won_opportunities
    inner join billed on won_opportunities.opportunity_id = billed.opportunity_id
    group by won_opportunities.opportunity_id
),

contracted as (
    select
        *,
        {{ prorated('amount', '1', 'contract_months') }} as contracted_mrr_amount
    from won_opportunities
),

fct_bookings_vs_billing as (
    select
        contracted.opportunity_id,
        coalesce(contracted.account_id, 'unknown') as customer_id,
        contracted.opportunity_type,
        contracted.closed_on,
        contracted.currency,
        contracted.amount as contracted_amount,
        contracted.contract_months,
        contracted.contracted_mrr_amount,
        cast(coalesce(billed_by_opportunity.billed_mrr_amount, 0) as decimal(18, 2)) as billed_mrr_amount,
        cast(coalesce(billed_by_opportunity.billed_mrr_amount, 0) - contracted.contracted_mrr_amount as decimal(18, 2))
            as difference_mrr_amount,
        {{ prorated('contracted.contracted_mrr_amount', 'rates.rate') }} as reporting_contracted_mrr_amount,
        {{ prorated('coalesce(billed_by_opportunity.billed_mrr_amount, 0)', 'rates.rate') }} as reporting_billed_mrr_amount,
        cast(
            {{ prorated('coalesce(billed_by_opportunity.billed_mrr_amount, 0)', 'rates.rate') }}
            - {{ prorated('contracted.contracted_mrr_amount', 'rates.rate') }} as decimal(18, 2)
        ) as reporting_difference_mrr_amount,
        coalesce(billed_by_opportunity.match_method, 'unmatched') as match_method,
        coalesce(billed_by_opportunity.has_billing_in_other_currency, false) as has_billing_in_other_currency,
        billed_by_opportunity.first_billed_on,
        cast({{ days_between('contracted.closed_on', 'as_of.as_of_on') }} as int) as age_days
    from contracted
    cross join as_of
    left join billed_by_opportunity on contracted.opportunity_id = billed_by_opportunity.opportunity_id
    -- A month that lies ahead has no rate yet: the latest known stands for it.
    left join rates
        on
            contracted.currency = rates.from_currency
            and rates.month_start = least({{ month_start('contracted.closed_on') }}, {{ month_start('as_of.as_of_on') }})
)

select * from fct_bookings_vs_billing
