with contracts as (
    select
        contract_id,
        currency,
        amount,
        contract_months,
        service_start_on,
        service_end_on
    from {{ ref('input_contracts') }}
    -- Nobody says when a contract was terminated, so its old end would count for service that nobody gets.
    where status not in ('draft', 'terminated') and contract_months > 0
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

months as (
    select
        calendar.month_start,
        least(calendar.month_end, as_of.as_of_on) as state_on
    from {{ ref('int_days_spanned') }} as calendar
    cross join as_of
    where calendar.day_on = calendar.month_start and calendar.month_start <= as_of.as_of_on
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

valued as (
    select
        *,
        {{ prorated('amount', '12', 'contract_months') }} as acv_amount
    from contracts
),

in_service as (
    select
        valued.contract_id,
        valued.currency,
        months.month_start,
        valued.acv_amount,
        {{ prorated('valued.acv_amount', 'rates.rate') }} as reporting_acv_amount
    from valued
    inner join months
        on
            valued.service_start_on <= months.state_on
            and (valued.service_end_on is null or valued.service_end_on > months.state_on)
    left join rates
        on
            valued.currency = rates.from_currency
            and months.month_start = rates.month_start
)

select * from in_service
