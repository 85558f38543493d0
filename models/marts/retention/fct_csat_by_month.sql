with surveys as (
    select * from {{ ref('int_surveys_counted_by_slice') }}
    where survey_type = 'csat'
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

fct_csat_by_month as (
    select
        surveys.slice,
        surveys.slice_value,
        surveys.month_start,
        surveys.response_count,
        surveys.known_respondent_count,
        surveys.unknown_respondent_count,
        surveys.scored_count,
        surveys.satisfied_count,
        {{ prorated('surveys.satisfied_count', '1', 'surveys.scored_count', 6) }} as csat_rate,
        surveys.mean_score,
        surveys.customer_heard_count,
        surveys.active_customer_heard_count,
        surveys.customer_count,
        surveys.customers_heard_share,
        last_day(surveys.month_start) > as_of.as_of_on as is_partial
    from surveys
    cross join as_of
)

select * from fct_csat_by_month
