-- A mean over answers of several scales would be of none, and pay by it as well.
with events as (
    select event_key from {{ ref('int_incentive_events') }}
    where event_type = 'survey'
),

answers as (
    select
        survey_response_id,
        survey_name,
        scale_min,
        scale_max
    from {{ ref('input_survey_responses') }}
),

scales as (
    select
        answers.scale_min,
        answers.scale_max,
        min(answers.survey_name) as survey_name,
        count(*) as answer_count
    from events
    inner join answers on 'survey:' || answers.survey_response_id = events.event_key
    group by answers.scale_min, answers.scale_max
)

select
    *,
    count(*) over () as scale_count
from scales
qualify count(*) over () > 1
