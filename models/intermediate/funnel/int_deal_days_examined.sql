with states as (
    select * from {{ ref('int_opportunities_at') }}
    where is_open and not is_deleted
),

outcomes as (
    select
        opportunity_id,
        closed_on,
        is_won
    from {{ ref('int_opportunity_outcomes') }}
    where reopened_on is null
),

settings as (
    select * from {{ ref('int_forecast_settings') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

days as (
    select
        states.opportunity_id,
        as_of.as_of_on as examined_on,
        false as is_backtest,
        cast(null as date) as closed_on,
        cast(null as boolean) as is_lost
    from states
    inner join as_of
        on
            states.valid_from_on <= as_of.as_of_on
            and (states.valid_to_on is null or states.valid_to_on > as_of.as_of_on)
    union all
    select
        outcomes.opportunity_id,
        {{ days_later('outcomes.closed_on', '-settings.backtest_days') }} as examined_on,
        true as is_backtest,
        outcomes.closed_on,
        not outcomes.is_won as is_lost
    from outcomes
    cross join settings
)

select * from days
