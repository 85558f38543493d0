-- As many deals are in each stage today as the CRM shows in it, and each is as open, won or lost as it says.
with shown as (
    select
        coalesce(stage_names.stage_code, 'unmapped') as stage_code,
        case when opportunities.is_won then 'won' when opportunities.is_closed then 'lost' else 'open' end as outcome,
        count(*) as opportunity_count
    from {{ ref('input_opportunities') }} as opportunities
    left join {{ ref('stage_names') }} as stage_names
        on
            opportunities.source_system = stage_names.source_system
            and stage_names.object_type = 'opportunity'
            and {{ spelled_alike('opportunities.stage_name') }} = {{ spelled_alike('stage_names.source_stage') }}
    group by stage_code, outcome
),

rebuilt as (
    select
        states.stage_code,
        case when states.is_won then 'won' when states.is_lost then 'lost' when states.is_open then 'open' else 'deleted' end as outcome,
        count(*) as opportunity_count
    from {{ ref('int_opportunities_at') }} as states
    inner join {{ ref('input_opportunities') }} as opportunities on states.opportunity_id = opportunities.opportunity_id
    where states.valid_to_on is null
    group by states.stage_code, outcome
)

select
    coalesce(shown.stage_code, rebuilt.stage_code) as stage_code,
    coalesce(shown.outcome, rebuilt.outcome) as outcome,
    coalesce(shown.opportunity_count, 0) as shown_count,
    coalesce(rebuilt.opportunity_count, 0) as rebuilt_count
from shown
full outer join rebuilt on shown.stage_code = rebuilt.stage_code and shown.outcome = rebuilt.outcome
where coalesce(shown.opportunity_count, 0) <> coalesce(rebuilt.opportunity_count, 0)
