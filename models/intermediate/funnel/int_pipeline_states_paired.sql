{% set state = ['is_open', 'is_won', 'is_lost', 'is_deleted', 'expected_close_on', 'reporting_amount', 'owner_user_id', 'team_user_id'] %}
{% set week_start = "cast(date_trunc('week', owned.valid_from_on) as date)" %}

with states as (
    select * from {{ ref('int_opportunities_at') }}
),

periods as (
    select * from {{ ref('int_pipeline_periods_spanned') }}
),

teams as (
    select * from {{ ref('int_users_teamed') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

owned as (
    select
        states.opportunity_id,
        states.valid_from_on,
        -- No period ends after today, and two plain bounds are joined without comparing every deal with every period.
        coalesce(states.valid_to_on, {{ days_later('as_of.as_of_on', '1') }}) as valid_until_on,
        states.is_open,
        states.is_won,
        states.is_lost,
        states.is_deleted,
        states.expected_close_on,
        coalesce(states.reporting_amount, 0) as reporting_amount,
        states.owner_user_id,
        coalesce(teams.team_user_id, 'unknown') as team_user_id
    from states
    cross join as_of
    left join teams on states.owner_user_id = teams.user_id
),

-- An open deal stands at the end of every period until it closes; a closed one only at the end of that in which it did.
open_ends as (
    select
        owned.*,
        periods.period_type,
        periods.period_start,
        periods.previous_period_start,
        periods.horizon_end_on
    from owned
    inner join periods
        on
            owned.valid_from_on <= periods.closing_on
            and owned.valid_until_on > periods.closing_on
    where owned.is_open
),

closed_ends as (
    {% for period_type, day in {'month': month_start('owned.valid_from_on'), 'week': week_start}.items() -%}
    select
        owned.*,
        periods.period_type,
        periods.period_start,
        periods.previous_period_start,
        periods.horizon_end_on
    from owned
    inner join periods on periods.period_type = '{{ period_type }}' and {{ day }} = periods.period_start
    where not owned.is_open and owned.valid_until_on > periods.closing_on
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

ends as (
    select * from open_ends
    union all
    select * from closed_ends
),

followed as (
    select
        *,
        {% for name in state -%}
        lag({{ name }}) over ends_of_deal as last_{{ name }},
        {% endfor -%}
        lag(period_start) over ends_of_deal as last_seen_period_start
    from ends
    window ends_of_deal as (partition by opportunity_id, period_type order by period_start)
),

paired as (
    select
        opportunity_id,
        period_type,
        period_start,
        horizon_end_on,
        last_seen_period_start is not null as was_there,
        -- A deal that stood at no end since an earlier period was closed then, and is at this opening.
        coalesce(last_is_open and last_seen_period_start = previous_period_start, false) as opening_is_open,
        last_expected_close_on as opening_expected_close_on,
        last_reporting_amount as opening_reporting_amount,
        last_owner_user_id as opening_owner_user_id,
        last_team_user_id as opening_team_user_id,
        is_open as closing_is_open,
        is_won as closing_is_won,
        is_lost as closing_is_lost,
        is_deleted as closing_is_deleted,
        expected_close_on as closing_expected_close_on,
        reporting_amount as closing_reporting_amount,
        owner_user_id as closing_owner_user_id,
        team_user_id as closing_team_user_id
    from followed
)

select * from paired
