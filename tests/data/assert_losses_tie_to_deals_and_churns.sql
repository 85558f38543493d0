-- Every deal that is lost now has one row among the losses, every churn one, and nothing else has any.
with expected as (
    select
        'loss' as loss_kind,
        states.opportunity_id as source_id
    from {{ ref('int_opportunities_at') }} as states
    inner join {{ ref('input_opportunities') }} as opportunities on states.opportunity_id = opportunities.opportunity_id
    where states.valid_to_on is null and states.stage_code = 'lost' and not states.is_deleted
    union all
    select
        'churn' as loss_kind,
        movement_key as source_id
    from {{ ref('fct_churns') }}
)

select
    coalesce(expected.loss_kind, losses.loss_kind) as loss_kind,
    expected.source_id as expected_id,
    losses.source_id as found_id
from expected
full outer join {{ ref('fct_losses') }} as losses
    on expected.loss_kind = losses.loss_kind and expected.source_id = losses.source_id
where expected.source_id is null or losses.source_id is null
