with scored as (
    select * from {{ ref('int_deal_risks_scored') }}
),

threshold as (
    select risk_threshold from {{ ref('deal_risk_components') }}
    where component = 'deal_risk'
),

summed as (
    select
        opportunity_id,
        examined_on,
        {{ prorated('sum(coalesce(points, 0))', '100', 'sum(possible_points)') }} as risk_score
    from scored
    group by opportunity_id, examined_on
),

totalled as (
    select
        summed.*,
        coalesce(summed.risk_score >= threshold.risk_threshold, false) as is_at_risk
    from summed
    left join threshold on threshold.risk_threshold is not null
)

select * from totalled
