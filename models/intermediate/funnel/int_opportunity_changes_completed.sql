with changes as (
    select * from {{ ref('int_opportunity_changes_numbered') }}
),

opportunities as (
    select * from {{ ref('int_opportunities_described') }}
),

stage_names as (
    select
        source_system,
        {{ spelled_alike('source_stage') }} as source_stage,
        stage_code
    from {{ ref('stage_names') }}
    where object_type = 'opportunity'
),

stages as (
    select * from {{ ref('funnel_stages') }}
),

categories as (
    select
        source_system,
        {{ spelled_alike('source_category') }} as source_category,
        forecast_category
    from {{ ref('forecast_categories') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

completed as (
    select
        changes.opportunity_id,
        changes.change_number,
        changes.changed_at,
        changes.changed_on,
        changes.is_history_missing,
        changes.stage_name,
        coalesce(stage_names.stage_code, 'unmapped') as stage_code,
        stages.stage_order,
        -- Of a stage that nobody mapped the CRM's own flags say whether the deal is closed; they are those of today.
        not changes.is_deleted and (stages.is_open and not coalesce(decided.is_closed, false)) as is_open,
        not changes.is_deleted and (stages.is_won or coalesce(decided.is_won, false)) as is_won,
        not changes.is_deleted and (stages.is_lost or coalesce(decided.is_closed and not decided.is_won, false)) as is_lost,
        changes.is_deleted,
        changes.amount,
        coalesce(changes.currency, opportunities.currency) as currency,
        -- One rate for the whole life of a deal, so that no change of its value is one of the rate.
        {{ prorated('changes.amount', 'rates.rate') }} as reporting_amount,
        changes.close_on,
        coalesce(categories.forecast_category, 'unmapped') as forecast_category,
        changes.probability,
        coalesce(changes.owner_user_id, opportunities.owner_user_id, 'unknown') as owner_user_id
    from changes
    cross join as_of
    inner join opportunities on changes.opportunity_id = opportunities.opportunity_id
    left join stage_names
        on opportunities.source_system = stage_names.source_system and {{ spelled_alike('changes.stage_name') }} = stage_names.source_stage
    inner join stages on coalesce(stage_names.stage_code, 'unmapped') = stages.stage_code
    left join opportunities as decided
        on changes.is_last and stage_names.stage_code is null and changes.opportunity_id = decided.opportunity_id
    left join categories
        on
            opportunities.source_system = categories.source_system
            and {{ spelled_alike('changes.forecast_category') }} = categories.source_category
    left join rates
        on
            coalesce(changes.currency, opportunities.currency) = rates.from_currency
            and rates.month_start = {{ month_start('least(opportunities.created_on, as_of.as_of_on)') }}
)

select * from completed
