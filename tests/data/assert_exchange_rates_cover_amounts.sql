-- A missing exchange rate is an error that names currency and month; it is never taken for 1.
with amounts as (
    select
        currency,
        month_start,
        reporting_mrr_amount as reporting_amount
    from {{ ref('int_mrr_by_customer_product_month') }}
    union all
    select
        currency,
        month_start,
        reporting_mrr_amount as reporting_amount
    from {{ ref('int_mrr_movements_converted') }}
    union all
    select
        currency,
        month_start,
        reporting_acv_amount as reporting_amount
    from {{ ref('int_contracts_by_month') }}
    union all
    select
        currency,
        rate_month_start as month_start,
        reporting_acv_amount as reporting_amount
    from {{ ref('int_contract_terms_valued') }}
    union all
    select
        currency,
        rate_month_start as month_start,
        reporting_acv_amount as reporting_amount
    from {{ ref('int_contract_terms_followed') }}
    union all
    select
        currency,
        month_start,
        reporting_amount
    from {{ ref('int_acquisition_costs_converted') }}
    union all
    select
        changes.currency,
        {{ month_start('opportunities.created_on') }} as month_start,
        changes.reporting_amount
    from {{ ref('int_opportunity_changes_completed') }} as changes
    inner join {{ ref('int_opportunities_described') }} as opportunities on changes.opportunity_id = opportunities.opportunity_id
    where changes.amount is not null and changes.currency is not null
    union all
    select
        currency,
        {{ month_start('as_of_on') }} as month_start,
        reporting_committed_mrr_amount as reporting_amount
    from {{ ref('fct_committed_mrr_by_customer') }}
    union all
    select
        currency,
        {{ month_start('closed_on') }} as month_start,
        reporting_billed_mrr_amount as reporting_amount
    from {{ ref('fct_bookings_vs_billing') }}
)

select
    currency,
    month_start,
    count(*) as amount_count
from amounts
where reporting_amount is null
group by currency, month_start
