-- What a bridge closes with is what was open at the end of the day, looked up in the states of deals.
with bridges as (
    select
        'month' as period_type,
        month_start as period_start,
        horizon,
        closing_amount,
        closing_count
    from {{ ref('fct_pipeline_bridge_by_month') }}
    where slice = 'company'
    union all
    select
        'week' as period_type,
        week_start as period_start,
        horizon,
        closing_amount,
        closing_count
    from {{ ref('fct_pipeline_bridge_by_week') }}
    where slice = 'company'
),

open_deals as (
    select
        periods.period_type,
        periods.period_start,
        sum(states.reporting_amount) as all_amount,
        count(*) as all_count,
        sum(case when states.expected_close_on <= periods.horizon_end_on then states.reporting_amount end) as quarter_amount,
        count(case when states.expected_close_on <= periods.horizon_end_on then 1 end) as quarter_count
    from {{ ref('int_opportunities_at') }} as states
    inner join {{ ref('int_pipeline_periods_spanned') }} as periods
        on
            states.valid_from_on <= periods.closing_on
            and (states.valid_to_on is null or states.valid_to_on > periods.closing_on)
    where states.is_open
    group by periods.period_type, periods.period_start
),

expected as (
    select
        period_type,
        period_start,
        'all' as horizon,
        coalesce(all_amount, 0) as closing_amount,
        all_count as closing_count
    from open_deals
    union all
    select
        period_type,
        period_start,
        'quarter' as horizon,
        coalesce(quarter_amount, 0) as closing_amount,
        quarter_count as closing_count
    from open_deals
    where quarter_count > 0
)

select
    coalesce(expected.period_type, bridges.period_type) as period_type,
    coalesce(expected.horizon, bridges.horizon) as horizon,
    coalesce(expected.period_start, bridges.period_start) as period_start,
    expected.closing_amount as expected_closing_amount,
    bridges.closing_amount,
    expected.closing_count as expected_closing_count,
    bridges.closing_count
from expected
full outer join bridges
    on
        expected.period_type = bridges.period_type
        and expected.horizon = bridges.horizon
        and expected.period_start = bridges.period_start
where
    coalesce(expected.closing_amount, 0) is distinct from bridges.closing_amount
    or coalesce(expected.closing_count, 0) is distinct from bridges.closing_count
