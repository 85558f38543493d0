with responses as (
    select * from {{ ref('int_survey_responses_sliced') }}
),

customers as (
    select * from {{ ref('int_customers_counted_by_slice') }}
),

counted as (
    select
        survey_type,
        slice,
        slice_value,
        month_start,
        count(*) as response_count,
        count(case when customer_id <> 'unknown' then 1 end) as known_respondent_count,
        count(case when is_scored then 1 end) as scored_count,
        count(case when nps_group = 'promoter' then 1 end) as promoter_count,
        count(case when nps_group = 'passive' then 1 end) as passive_count,
        count(case when nps_group = 'detractor' then 1 end) as detractor_count,
        count(case when is_satisfied then 1 end) as satisfied_count,
        -- A mean over two scales would mean nothing: 4 is good on one of 5 and middling on one of 7.
        case
            when
                min(case when is_scored then scale_min end) = max(case when is_scored then scale_min end)
                and min(case when is_scored then scale_max end) = max(case when is_scored then scale_max end)
                then sum(case when is_scored then score end)
        end as score_sum,
        count(distinct case when is_scored and customer_id <> 'unknown' then customer_id end) as customer_heard_count,
        count(distinct case when is_scored and has_mrr then customer_id end) as active_customer_heard_count
    from responses
    group by survey_type, slice, slice_value, month_start
),

asked_months as (
    select
        survey_type,
        month_start
    from counted
    group by survey_type, month_start
),

-- Also the customers of whom nobody answered: a segment that is never heard is a finding.
customers_asked as (
    select
        asked_months.survey_type,
        customers.slice,
        customers.slice_value,
        customers.month_start,
        customers.customer_count
    from asked_months
    inner join customers on asked_months.month_start = customers.month_start
),

surveys as (
    select
        coalesce(counted.survey_type, customers_asked.survey_type) as survey_type,
        coalesce(counted.slice, customers_asked.slice) as slice,
        coalesce(counted.slice_value, customers_asked.slice_value) as slice_value,
        coalesce(counted.month_start, customers_asked.month_start) as month_start,
        coalesce(counted.response_count, 0) as response_count,
        coalesce(counted.known_respondent_count, 0) as known_respondent_count,
        coalesce(counted.response_count - counted.known_respondent_count, 0) as unknown_respondent_count,
        coalesce(counted.scored_count, 0) as scored_count,
        coalesce(counted.promoter_count, 0) as promoter_count,
        coalesce(counted.passive_count, 0) as passive_count,
        coalesce(counted.detractor_count, 0) as detractor_count,
        coalesce(counted.satisfied_count, 0) as satisfied_count,
        {{ prorated('counted.score_sum', '1', 'counted.scored_count', 6) }} as mean_score,
        coalesce(counted.customer_heard_count, 0) as customer_heard_count,
        coalesce(counted.active_customer_heard_count, 0) as active_customer_heard_count,
        coalesce(customers_asked.customer_count, 0) as customer_count,
        case
            when customers_asked.customer_count is not null then
                {{ prorated('coalesce(counted.active_customer_heard_count, 0)', '1', 'customers_asked.customer_count', 6) }}
        end as customers_heard_share
    from counted
    full outer join customers_asked
        on
            counted.survey_type = customers_asked.survey_type
            and counted.slice = customers_asked.slice
            and counted.slice_value = customers_asked.slice_value
            and counted.month_start = customers_asked.month_start
)

select * from surveys
