with days as (
    select
        opportunity_id,
        examined_on,
        is_lost
    from {{ ref('int_deal_days_examined') }}
    where is_backtest
),

features as (
    select
        opportunity_id,
        examined_on,
        segment
    from {{ ref('int_deal_features') }}
),

totalled as (
    select * from {{ ref('int_deal_risks_totalled') }}
),

judged as (
    select
        features.segment,
        days.is_lost,
        totalled.is_at_risk
    from days
    inner join features
        on
            days.opportunity_id = features.opportunity_id
            and days.examined_on = features.examined_on
    inner join totalled
        on
            days.opportunity_id = totalled.opportunity_id
            and days.examined_on = totalled.examined_on
    where totalled.risk_score is not null
),

sliced as (
    select
        'total' as slice,
        'all' as slice_value,
        is_lost,
        is_at_risk
    from judged
    union all
    select
        'segment' as slice,
        segment as slice_value,
        is_lost,
        is_at_risk
    from judged
),

counted as (
    select
        slice,
        slice_value,
        count(*) as deal_count,
        count(case when is_lost then 1 end) as lost_count,
        count(case when is_at_risk then 1 end) as flagged_count,
        count(case when is_at_risk and is_lost then 1 end) as flagged_lost_count,
        count(case when is_at_risk = is_lost then 1 end) as right_count
    from sliced
    group by slice, slice_value
),

rated as (
    select
        *,
        {{ prorated('lost_count', '1', 'deal_count', 6) }} as base_rate,
        {{ prorated('right_count', '1', 'deal_count', 6) }} as accuracy_rate,
        {{ prorated('flagged_lost_count', '1', 'flagged_count', 6) }} as precision_rate,
        {{ prorated('flagged_lost_count', '1', 'lost_count', 6) }} as recall_rate
    from counted
),

fct_deal_risk_backtest as (
    select
        slice,
        slice_value,
        deal_count,
        lost_count,
        flagged_count,
        flagged_lost_count,
        right_count,
        base_rate,
        -- What somebody is right in who always says the commoner outcome.
        cast(greatest(base_rate, 1 - base_rate) as decimal(18, 6)) as constant_accuracy_rate,
        accuracy_rate,
        precision_rate,
        recall_rate,
        {{ rounded_quotient(
            exact_product([['flagged_lost_count', 6], ['deal_count', 0]]),
            exact_product([['flagged_count', 0], ['lost_count', 0]]),
            6
        ) }} as lift_rate
    from rated
)

select * from fct_deal_risk_backtest
