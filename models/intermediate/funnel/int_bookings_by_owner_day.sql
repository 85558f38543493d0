with weeks as (
    select
        snapshot_on,
        quarter_start,
        quarter_end
    from {{ ref('int_snapshot_weeks') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- The end of a quarter says what became of it; where it is the end of a week as well, it is one day.
days as (
    select
        snapshot_on as day_on,
        quarter_start
    from weeks
    union
    select
        weeks.quarter_end as day_on,
        weeks.quarter_start
    from weeks
    cross join as_of
    where weeks.quarter_end <= as_of.as_of_on
),

won_states as (
    select
        coalesce(states.owner_user_id, 'unknown') as owner_user_id,
        coalesce(states.opportunity_type, 'unmapped') as opportunity_type,
        states.reporting_amount,
        {{ fiscal_period_start('coalesce(states.expected_close_on, states.stage_entered_on)', "'quarter'") }} as quarter_start,
        states.valid_from_on,
        coalesce(states.valid_to_on, {{ days_later('as_of.as_of_on', 1) }}) as valid_until_on
    from {{ ref('int_opportunities_at') }} as states
    cross join as_of
    where states.is_won and not states.is_deleted
),

booked as (
    select
        days.day_on,
        days.quarter_start,
        won_states.owner_user_id,
        won_states.opportunity_type,
        count(*) as closed_count,
        cast(sum(coalesce(won_states.reporting_amount, 0)) as decimal(18, 2)) as closed_amount
    from won_states
    inner join days
        on
            won_states.quarter_start = days.quarter_start
            and won_states.valid_from_on <= days.day_on
            and won_states.valid_until_on > days.day_on
    group by days.day_on, days.quarter_start, won_states.owner_user_id, won_states.opportunity_type
)

select * from booked
