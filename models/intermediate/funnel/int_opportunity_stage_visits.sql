with visits as (
    select * from {{ ref('int_opportunity_visits_cut') }}
),

opportunities as (
    select
        opportunity_id,
        segment,
        coalesce(lead_source, 'unknown') as lead_source,
        channel,
        product_line,
        is_deleted,
        created_on,
        closed_on
    from {{ ref('int_opportunities_described') }}
),

stages as (
    select
        stage_code,
        stage_order,
        is_won,
        is_lost,
        dense_rank() over (order by stage_order) as stage_rank
    from {{ ref('funnel_stages') }}
    where stage_order is not null
),

contacts as (
    select
        activities.opportunity_id,
        min(activities.occurred_on) as first_contact_on
    from {{ ref('input_activities') }} as activities
    cross join {{ ref('as_of') }} as as_of
    where activities.is_contact and activities.opportunity_id is not null and activities.occurred_on <= as_of.as_of_on
    group by activities.opportunity_id
),

wins as (
    select
        opportunity_id,
        min(valid_from_on) as won_on
    from {{ ref('int_opportunities_at') }}
    where is_won
    group by opportunity_id
),

ranked as (
    select
        visits.*,
        stages.stage_order,
        stages.stage_rank,
        coalesce(stages.is_lost, false) as is_lost
    from visits
    left join stages on visits.stage_code = stages.stage_code
),

-- A stage that nobody mapped has no place, so it is passed over: the stage before it is the one to compare with.
compared as (
    select
        *,
        lag(stage_rank) over (partition by opportunity_id, stage_rank is null order by visit_number) as previous_rank,
        max(case when not is_lost then stage_rank end) over (
            partition by opportunity_id order by visit_number rows between unbounded preceding and 1 preceding
        ) as furthest_rank
    from ranked
),

-- Who loses a deal skips nothing, and what comes after the sale has no fixed order.
sale as (
    select min(stage_rank) as stage_rank from stages
    where is_won
),

stage_visits as (
    select
        'opportunity' as object_type,
        compared.opportunity_id as object_id,
        compared.visit_number,
        compared.stage_code,
        compared.stage_order,
        compared.entered_at,
        compared.left_at,
        compared.entered_on,
        compared.left_on,
        {{ days_between('compared.entered_on', 'compared.left_on') }} as days,
        compared.next_stage_code,
        compared.left_at is null as is_open,
        cast(
            case
                when compared.is_lost or compared.stage_rank > sale.stage_rank then 0
                else coalesce(greatest(compared.stage_rank - compared.furthest_rank - 1, 0), 0)
            end as int
        ) as skipped_stage_count,
        skipped_stage_count > 0 as is_skipped_into,
        coalesce(compared.stage_rank < compared.previous_rank, false) as is_regression,
        compared.owner_user_id,
        compared.amount,
        compared.reporting_amount,
        compared.currency,
        opportunities.segment,
        opportunities.lead_source,
        opportunities.channel,
        opportunities.product_line,
        'unknown' as bant_tier,
        coalesce(wins.won_on < contacts.first_contact_on, false) as is_won_before_contact,
        coalesce(opportunities.closed_on < opportunities.created_on, false) as is_close_before_creation,
        compared.is_history_missing,
        opportunities.is_deleted
    from compared
    cross join sale
    inner join opportunities on compared.opportunity_id = opportunities.opportunity_id
    left join wins on compared.opportunity_id = wins.opportunity_id
    left join contacts on compared.opportunity_id = contacts.opportunity_id
)

select * from stage_visits
