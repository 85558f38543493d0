{% set state = ['stage_name', 'amount', 'currency', 'closed_on', 'forecast_category', 'probability', 'owner_user_id'] %}

with changes as (
    select
        opportunity_id,
        stage_name,
        amount,
        is_deleted,
        changed_at,
        {{ business_date('changed_at') }} as changed_on
    from {{ ref('input_opportunity_stage_changes') }}
),

opportunities as (
    select * from {{ ref('int_opportunities_described') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

spans as (
    select
        opportunity_id,
        min(changed_on) as first_changed_on,
        max(changed_at) as last_changed_at
    from changes
    group by opportunity_id
),

compared as (
    select
        opportunities.*,
        spans.opportunity_id is null as has_no_history,
        coalesce(opportunities.is_closed, false) as is_known_closed,
        spans.first_changed_on,
        coalesce(spans.last_changed_at, opportunities.created_at) as last_known_at,
        greatest(
            coalesce(changes.changed_on, opportunities.created_on),
            case when opportunities.is_closed then least(opportunities.closed_on, as_of.as_of_on) else as_of.as_of_on end
        ) as present_since_on,
        coalesce(
            changes.stage_name is distinct from opportunities.stage_name
            or changes.amount is distinct from opportunities.amount
            or changes.is_deleted,
            false
        ) as is_behind
    from opportunities
    cross join as_of
    left join spans on opportunities.opportunity_id = spans.opportunity_id
    left join changes on spans.opportunity_id = changes.opportunity_id and spans.last_changed_at = changes.changed_at
),

-- Before the first that is known of it a deal was there, and nobody knows as what; an open one without history as what it is now.
begun as (
    select
        opportunity_id,
        'beginning' as kind,
        created_at as changed_at,
        created_on as changed_on,
        {% for name in state -%}
        case when has_no_history and not is_known_closed then {{ name }} end as {{ name }},
        {% endfor -%}
        false as is_deleted
    from compared
    where has_no_history or created_on < first_changed_on
),

-- The CRM shows something else than the last change: a change is missing. What it shows holds since the deal closed, else since today.
presently as (
    select
        opportunity_id,
        'present' as kind,
        greatest(last_known_at, cast(present_since_on as timestamp)) as changed_at,
        present_since_on as changed_on,
        {{ state | join(',
        ') }},
        false as is_deleted
    from compared
    where not is_deleted and stage_name is not null and is_behind and (is_known_closed or not has_no_history)
),

deleted as (
    select
        opportunity_id,
        'deletion' as kind,
        greatest(last_known_at, deleted_at) as changed_at,
        {{ business_date('greatest(last_known_at, deleted_at)') }} as changed_on,
        {{ state | join(',
        ') }},
        true as is_deleted
    from compared
    where is_deleted and has_no_history
),

missing as (
    select * from begun
    union all
    select * from presently
    union all
    select * from deleted
)

select * from missing
