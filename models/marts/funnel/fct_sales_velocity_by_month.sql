with outcomes as (
    select * from {{ ref('int_sales_outcomes_trailing') }}
),

ends as (
    select
        opportunity_id,
        period_start as month_start,
        closing_reporting_amount
    from {{ ref('int_pipeline_states_paired') }}
    where period_type = 'month' and closing_is_open
),

opportunities as (
    select
        slice,
        slice_value,
        opportunity_id
    from {{ ref('int_opportunities_sliced') }}
),

open_deals as (
    select
        opportunities.slice,
        opportunities.slice_value,
        ends.month_start,
        count(*) as open_count,
        sum(ends.closing_reporting_amount) as open_amount
    from ends
    inner join opportunities on ends.opportunity_id = opportunities.opportunity_id
    group by opportunities.slice, opportunities.slice_value, ends.month_start
),

joined as (
    select
        outcomes.*,
        cast(coalesce(open_deals.open_count, 0) as int) as open_count,
        cast(coalesce(open_deals.open_amount, 0) as decimal(18, 2)) as open_amount,
        outcomes.won_count + outcomes.lost_count as decided_count
    from outcomes
    left join open_deals
        on
            outcomes.slice = open_deals.slice
            and outcomes.slice_value = open_deals.slice_value
            and outcomes.month_start = open_deals.month_start
),

fct_sales_velocity_by_month as (
    select
        slice,
        slice_value,
        month_start,
        '{{ var("reporting_currency") }}' as currency,
        open_count,
        open_amount,
        won_count,
        lost_count,
        cycle_count,
        {{ money_share('won_amount', over=[['won_count', 0]]) }} as mean_won_amount,
        {{ prorated('won_count', whole='decided_count', scale=6) }} as win_rate,
        {{ prorated('cycle_days', whole='cycle_count') }} as mean_cycle_days,
        -- Open count x won amount / won x won / decided / (days / cycles): what cancels out is not divided first, and rounded once.
        {{ money_share('won_amount', times=[['open_count', 0], ['cycle_count', 0]], over=[['decided_count', 0], ['cycle_days', 0]]) }}
            as velocity_amount,
        is_partial
    from joined
)

select * from fct_sales_velocity_by_month
