with as_of as (
    select as_of_on from {{ ref('as_of') }}
),

states as (
    select
        opportunity_id,
        valid_from_on,
        case
            when is_deleted then 'deleted'
            when is_won then 'won'
            when is_lost then 'lost'
            else 'open'
        end as outcome
    from {{ ref('int_opportunities_at') }}
    where not is_history_missing
),

compared as (
    select
        *,
        lag(outcome) over (partition by opportunity_id order by valid_from_on) as previous_outcome
    from states
),

turns as (
    select
        opportunity_id,
        outcome,
        valid_from_on as closed_on,
        lead(valid_from_on) over (partition by opportunity_id order by valid_from_on) as reopened_on
    from compared
    where outcome is distinct from previous_outcome
),

outcomes as (
    select
        turns.opportunity_id,
        turns.closed_on,
        turns.reopened_on,
        {{ week_known('turns.closed_on', 'as_of.as_of_on') }} as known_on,
        case when turns.reopened_on is not null then {{ week_known('turns.reopened_on', 'as_of.as_of_on') }} end as forgotten_on,
        turns.outcome = 'won' as is_won
    from turns
    cross join as_of
    where turns.outcome in ('won', 'lost')
)

select * from outcomes
