with contracts as (
    select
        contract_id,
        account_id,
        previous_contract_id,
        signed_on,
        service_start_on,
        service_end_on,
        terminated_on,
        contract_months,
        amount,
        currency,
        is_auto_renewal,
        status
    from {{ ref('input_contracts') }}
    where status <> 'draft'
),

customers as (
    select customer_id from {{ ref('int_customers_described') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

valued as (
    select
        contracts.contract_id,
        contracts.previous_contract_id,
        coalesce(customers.customer_id, 'unknown') as customer_id,
        contracts.status = 'terminated' as is_terminated,
        -- What ends later than its term had gone on; without a day nobody can say so.
        contracts.status = 'terminated' and coalesce(contracts.terminated_on <= contracts.service_end_on, true)
            as is_terminated_in_term,
        coalesce(contracts.is_auto_renewal, false) as is_auto_renewal,
        contracts.signed_on,
        contracts.service_start_on,
        contracts.service_end_on as due_on,
        {{ month_start('contracts.service_end_on') }} as due_month_start,
        -- A month that lies ahead has no rate yet: the latest known stands for it.
        least({{ month_start('contracts.service_end_on') }}, {{ month_start('as_of.as_of_on') }}) as rate_month_start,
        contracts.currency,
        {{ prorated('contracts.amount', '12', 'contracts.contract_months') }} as acv_amount
    from contracts
    cross join as_of
    left join customers on contracts.account_id = customers.customer_id
),

converted as (
    select
        valued.*,
        {{ prorated('valued.acv_amount', 'rates.rate') }} as reporting_acv_amount
    from valued
    left join rates
        on
            valued.currency = rates.from_currency
            and valued.rate_month_start = rates.month_start
)

select * from converted
