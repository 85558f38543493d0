-- A deal of which no change was kept has visits, and each says so.
-- One whose changes begin with it and end as the CRM shows it has no such visit.
with changes as (
    select
        opportunity_id,
        min({{ business_date('changed_at') }}) as first_changed_on,
        max_by(stage_name, changed_at) as last_stage_name,
        max_by(coalesce(amount, -1), changed_at) as last_amount
    from {{ ref('input_opportunity_stage_changes') }}
    group by opportunity_id
),

expected as (
    select
        opportunities.opportunity_id,
        case
            when changes.opportunity_id is null then 'all'
            when
                changes.first_changed_on <= {{ business_date('opportunities.created_at') }}
                and changes.last_stage_name = opportunities.stage_name
                and changes.last_amount = coalesce(opportunities.amount, -1)
                then 'none'
            else 'some'
        end as flagged
    from {{ ref('input_opportunities') }} as opportunities
    left join changes on opportunities.opportunity_id = changes.opportunity_id
),

visits as (
    select
        object_id,
        count(*) as visit_count,
        sum(case when is_history_missing then 1 else 0 end) as flagged_count
    from {{ ref('fct_stage_visits') }}
    -- What comes after the sale is told by deliveries and contracts.
    where object_type = 'opportunity' and stage_code not in ('delivered', 'renewed')
    group by object_id
)

select
    expected.opportunity_id,
    expected.flagged,
    visits.visit_count,
    visits.flagged_count
from expected
left join visits on expected.opportunity_id = visits.object_id
where
    visits.object_id is null
    or (expected.flagged = 'all' and visits.flagged_count < visits.visit_count)
    or (expected.flagged = 'none' and visits.flagged_count > 0)
    or (expected.flagged = 'some' and visits.flagged_count = 0)
