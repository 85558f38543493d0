with nps_responses as (
    select
        month_start,
        is_scored,
        nps_group
    from {{ ref('fct_survey_responses') }}
    -- An answer to a response that never arrived has no date, so no month.
    where survey_type = 'nps' and month_start is not null
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

counts_by_month as (
    select
        month_start,
        count(*) as response_count,
        count(case when is_scored then 1 end) as scored_count,
        count(case when nps_group = 'promoter' then 1 end) as promoter_count,
        count(case when nps_group = 'passive' then 1 end) as passive_count,
        count(case when nps_group = 'detractor' then 1 end) as detractor_count
    from nps_responses
    group by month_start
),

fct_nps_by_month as (
    select
        counts_by_month.month_start,
        counts_by_month.response_count,
        counts_by_month.scored_count,
        counts_by_month.promoter_count,
        counts_by_month.passive_count,
        counts_by_month.detractor_count,
        {{ prorated(
            'counts_by_month.promoter_count - counts_by_month.detractor_count', '100', 'counts_by_month.scored_count', 6
        ) }} as nps,
        last_day(counts_by_month.month_start) > as_of.as_of_on as is_partial
    from counts_by_month
    cross join as_of
)

select * from fct_nps_by_month
