with visits as (
    select * from {{ ref('int_stage_visits_united') }}
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
        lag(stage_rank) over (
            partition by object_type, object_id, stage_rank is null order by visit_number
        ) as previous_rank,
        max(case when not is_lost then stage_rank end) over (
            partition by object_type, object_id order by visit_number rows between unbounded preceding and 1 preceding
        ) as furthest_rank
    from ranked
),

-- Who loses a deal skips nothing, and what comes after the sale has no fixed order.
sale as (
    select min(stage_rank) as stage_rank from stages
    where is_won
),

ordered as (
    select
        compared.object_type,
        compared.object_id,
        compared.visit_number,
        compared.stage_code,
        compared.stage_order,
        compared.is_lost,
        compared.entered_at,
        compared.left_at,
        compared.entered_on,
        compared.left_on,
        compared.next_stage_code,
        compared.owner_user_id,
        compared.amount,
        compared.reporting_amount,
        compared.currency,
        compared.segment,
        compared.lead_source,
        compared.channel,
        compared.product_line,
        compared.bant_tier,
        compared.is_won_before_contact,
        compared.is_close_before_creation,
        compared.is_history_missing,
        compared.is_deleted,
        {{ days_between('compared.entered_on', 'compared.left_on') }} as days,
        compared.left_at is null as is_open,
        cast(
            case
                when compared.is_lost or compared.stage_rank > sale.stage_rank then 0
                else coalesce(greatest(compared.stage_rank - compared.furthest_rank - 1, 0), 0)
            end as int
        ) as skipped_stage_count,
        skipped_stage_count > 0 as is_skipped_into,
        coalesce(compared.stage_rank < compared.previous_rank, false) as is_regression
    from compared
    cross join sale
)

select * from ordered
