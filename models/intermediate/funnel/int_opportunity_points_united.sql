{% set state = ['stage_code', 'owner_user_id', 'amount', 'reporting_amount', 'currency'] %}

with changes as (
    select
        opportunity_id,
        change_number,
        changed_at,
        changed_on,
        is_won,
        is_history_missing,
        is_deleted,
        {{ state | join(',
        ') }}
    from {{ ref('int_opportunity_changes_completed') }}
),

milestones as (
    select * from {{ ref('int_opportunity_milestones_dated') }}
),

stages as (
    select
        stage_code,
        stage_order
    from {{ ref('funnel_stages') }}
),

-- The last change of a deal: what comes after the sale comes to what was sold.
latest as (
    select *
    from changes
    qualify row_number() over (partition by opportunity_id order by change_number desc) = 1
),

after_the_sale as (
    select
        latest.opportunity_id,
        latest.change_number + row_number() over (
            partition by latest.opportunity_id order by milestones.reached_on, stages.stage_order
        ) as change_number,
        greatest(latest.changed_at, cast(milestones.reached_on as timestamp)) as changed_at,
        greatest(latest.changed_on, milestones.reached_on) as changed_on,
        false as is_history_missing,
        false as is_deleted,
        milestones.stage_code,
        latest.owner_user_id,
        latest.amount,
        latest.reporting_amount,
        latest.currency
    from latest
    inner join milestones on latest.opportunity_id = milestones.opportunity_id
    inner join stages on milestones.stage_code = stages.stage_code
    where latest.is_won
),

points as (
    select
        opportunity_id,
        change_number,
        changed_at,
        changed_on,
        is_history_missing,
        is_deleted,
        {{ state | join(',
        ') }}
    from changes
    union all
    select * from after_the_sale
)

select * from points
