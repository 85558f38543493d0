-- Over owners and quarters the forecast is every deal that is open or won today, once: nobody's deal is lost, nobody's counts twice.
with as_of as (
    select as_of_on from {{ ref('as_of') }}
),

states as (
    select states.*
    from {{ ref('int_opportunities_at') }} as states
    inner join as_of
        on
            states.valid_from_on <= as_of.as_of_on
            and (states.valid_to_on is null or states.valid_to_on > as_of.as_of_on)
    where not states.is_deleted
),

deals as (
    select
        coalesce(opportunity_type, 'unmapped') as opportunity_type,
        coalesce(sum(case when is_won then reporting_amount end), 0) as closed_amount,
        coalesce(sum(case when is_open then reporting_amount end), 0) as open_amount,
        count(case when is_won then 1 end) as closed_count
    from states
    where is_won or is_open
    group by coalesce(opportunity_type, 'unmapped')
),

forecasts as (
    select
        opportunity_type,
        sum(own_closed_amount) as closed_amount,
        sum(own_open_pipeline_amount + own_omitted_amount) as open_amount,
        sum(own_closed_count) as closed_count
    from {{ ref('fct_forecasts_by_owner_quarter') }}
    group by opportunity_type
)

select
    coalesce(deals.opportunity_type, forecasts.opportunity_type) as opportunity_type,
    deals.closed_amount,
    forecasts.closed_amount as forecast_closed_amount,
    deals.open_amount,
    forecasts.open_amount as forecast_open_amount,
    deals.closed_count,
    forecasts.closed_count as forecast_closed_count
from deals
full outer join forecasts on deals.opportunity_type = forecasts.opportunity_type
where
    coalesce(deals.closed_amount, 0) <> coalesce(forecasts.closed_amount, 0)
    or coalesce(deals.open_amount, 0) <> coalesce(forecasts.open_amount, 0)
    or coalesce(deals.closed_count, 0) <> coalesce(forecasts.closed_count, 0)
