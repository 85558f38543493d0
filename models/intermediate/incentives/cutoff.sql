{% set cutoff_on = var('cutoff_on') %}
{% set first_period = var('ledger_first_period') %}
{% set chosen_period = month_start("cast('" ~ first_period ~ "' as date)") if first_period else 'cast(null as date)' %}

with closes as (
    select
        kind,
        period_start
    from {{ source('ledger', 'ledger_closes') }}
),

plans as (
    select valid_from from {{ ref('plans') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- Once the ledger is open, it says itself with which month it begins.
openings as (
    select max(period_start) as opening_start
    from closes
    where kind = 'opening'
),

first_plan as (
    select {{ month_start('min(valid_from)') }} as first_plan_start
    from plans
),

first_period as (
    select
        coalesce({{ months_later('openings.opening_start', 1) }}, {{ chosen_period }}, first_plan.first_plan_start) as first_period_start
    from openings
    cross join first_plan
),

-- An interim run leaves its period open.
last_closed as (
    select max(period_start) as last_closed_start
    from closes
    where kind <> 'interim'
),

open_period as (
    select
        as_of.as_of_on,
        first_period.first_period_start,
        coalesce(
            {{ months_later('last_closed.last_closed_start', 1) }}, first_period.first_period_start, {{ month_start('as_of.as_of_on') }}
        ) as open_period_start
    from first_period
    cross join last_closed
    cross join as_of
),

cut as (
    select
        *,
        {{ "cast('" ~ cutoff_on ~ "' as date)" if cutoff_on else 'last_day(open_period_start)' }} as cutoff_on
    from open_period
),

placed as (
    select
        first_period_start,
        open_period_start,
        {{ month_start('cutoff_on') }} as period_start,
        cutoff_on,
        -- What is not over cannot be closed, nor what lies behind or beyond the oldest open period.
        {{ month_start('cutoff_on') }} = open_period_start and cutoff_on = last_day(cutoff_on) and cutoff_on <= as_of_on as is_final_allowed
    from cut
)

select * from placed
