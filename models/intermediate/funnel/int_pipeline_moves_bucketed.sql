{# A view: it has two rows for each deal and period, and is read once. #}
{{ config(materialized='view') }}

with pairs as (
    select * from {{ ref('int_pipeline_states_paired') }}
),

horizons as (
    select 'all' as horizon
    union all
    select 'quarter' as horizon
),

placed as (
    select
        pairs.*,
        horizons.horizon,
        coalesce(
            pairs.opening_is_open and (horizons.horizon = 'all' or pairs.opening_expected_close_on <= pairs.horizon_end_on), false
        ) as is_in_opening,
        coalesce(
            pairs.closing_is_open and (horizons.horizon = 'all' or pairs.closing_expected_close_on <= pairs.horizon_end_on), false
        ) as is_in_closing
    from pairs
    cross join horizons
),

valued as (
    select
        *,
        case when is_in_opening then opening_reporting_amount else 0 end as opening_amount,
        case when is_in_closing then closing_reporting_amount else 0 end as closing_amount
    from placed
),

-- The published order of precedence: the first bucket that fits takes all of the change.
bucketed as (
    select
        opportunity_id,
        period_type,
        period_start,
        horizon,
        opening_team_user_id,
        opening_owner_user_id,
        closing_team_user_id,
        closing_owner_user_id,
        opening_amount,
        closing_amount,
        is_in_opening,
        is_in_closing,
        case
            when not is_in_opening and not is_in_closing then case when not was_there and not closing_is_open then 'passed_through' end
            when not is_in_opening and not was_there then 'created'
            when not is_in_opening and not opening_is_open then 'reopened'
            when not is_in_opening then 'pulled_in'
            when closing_is_deleted then 'deleted'
            when closing_is_won then 'won'
            when closing_is_lost then 'lost'
            when not is_in_closing then 'slipped'
            when closing_amount > opening_amount then 'increased'
            when closing_amount < opening_amount then 'decreased'
            else 'unchanged'
        end as bucket
    from valued
)

select * from bucketed
