with nps_answers as (
    select * from {{ ref('int_nps_answers_spanned') }}
),

csat_answers as (
    select
        customer_id,
        is_satisfied,
        responded_on
    from {{ ref('int_survey_responses_linked') }}
    where is_scored and survey_type = 'csat'
),

quarters as (
    select * from {{ ref('int_customer_quarters_spanned') }}
),

latest_nps as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        'nps' as component,
        nps_answers.nps_score as component_value
    from quarters
    inner join nps_answers
        on
            quarters.customer_id = nps_answers.customer_id
            and quarters.state_on >= nps_answers.nps_answered_on
            and (nps_answers.next_answered_on is null or quarters.state_on < nps_answers.next_answered_on)
),

csat_counts as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        count(*) as scored_count,
        count(case when csat_answers.is_satisfied then 1 end) as satisfied_count
    from quarters
    inner join csat_answers
        on
            quarters.customer_id = csat_answers.customer_id
            and csat_answers.responded_on between quarters.quarter_start and quarters.state_on
    group by quarters.customer_id, quarters.quarter_start
),

measured as (
    select * from latest_nps
    union all
    select
        customer_id,
        quarter_start,
        'csat' as component,
        {{ prorated('satisfied_count', '1', 'scored_count', 6) }} as component_value
    from csat_counts
)

select * from measured
