{% set slices = {
    'company': "'all'",
    'segment': 'segment',
    'opportunity_type': 'opportunity_type',
    'product_line': 'product_line',
    'lead_source': 'lead_source',
    'channel': 'channel',
    'team': 'team_user_id',
    'owner': 'owner_user_id',
} %}

with states as (
    select * from {{ ref('int_opportunities_at') }}
    where valid_to_on is null and not is_deleted
),

opportunities as (
    select
        opportunity_id,
        closed_on
    from {{ ref('int_opportunities_described') }}
),

teams as (
    select * from {{ ref('int_users_teamed') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

decided as (
    select
        states.opportunity_id,
        states.segment,
        states.opportunity_type,
        states.product_line,
        states.lead_source,
        states.channel,
        coalesce(teams.team_user_id, 'unknown') as team_user_id,
        states.owner_user_id,
        states.created_on,
        states.is_open,
        states.is_won,
        states.is_lost,
        coalesce(states.reporting_amount, 0) as reporting_amount,
        -- A close day that lies ahead was entered too early: a deal that is closed is so today.
        case
            when not states.is_open
                then least(coalesce(opportunities.closed_on, states.expected_close_on, states.valid_from_on), as_of.as_of_on)
        end as decided_on
    from states
    cross join as_of
    inner join opportunities on states.opportunity_id = opportunities.opportunity_id
    left join teams on states.owner_user_id = teams.user_id
),

timed as (
    select
        *,
        -- What closed before it was entered took no time that anybody measured.
        case when is_won and decided_on >= created_on then {{ days_between('created_on', 'decided_on') }} end as cycle_days
    from decided
),

sliced as (
    {% for slice, value in slices.items() -%}
    select
        '{{ slice }}' as slice,
        {{ value }} as slice_value,
        opportunity_id,
        created_on,
        decided_on,
        is_won,
        is_lost,
        cycle_days,
        reporting_amount
    from timed
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from sliced
