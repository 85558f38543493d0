with answers as (
    select
        survey_response_id,
        customer_id,
        survey_type,
        score,
        is_satisfied,
        responded_at,
        responded_on
    from {{ ref('int_survey_responses_linked') }}
    where is_scored and survey_type in ('nps', 'csat')
),

quarters as (
    select * from {{ ref('int_customer_quarters_spanned') }}
),

-- Of several answers the latest counts, of one moment the one with the largest id.
latest_nps as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        'nps' as component,
        answers.score as component_value
    from quarters
    inner join answers
        on
            quarters.customer_id = answers.customer_id
            and quarters.state_on >= answers.responded_on
    where answers.survey_type = 'nps'
    qualify row_number() over (
        partition by quarters.customer_id, quarters.quarter_start
        order by answers.responded_at desc, answers.survey_response_id desc
    ) = 1
),

csat_counts as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        count(*) as scored_count,
        count(case when answers.is_satisfied then 1 end) as satisfied_count
    from quarters
    inner join answers
        on
            quarters.customer_id = answers.customer_id
            and answers.responded_on between quarters.quarter_start and quarters.state_on
    where answers.survey_type = 'csat'
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
