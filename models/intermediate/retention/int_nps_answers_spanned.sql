with answers as (
    select
        survey_response_id,
        customer_id,
        score,
        nps_group,
        responded_at,
        responded_on
    from {{ ref('int_survey_responses_linked') }}
    -- What nobody can place has no customer in common with money or contracts that nobody can place.
    where nps_group is not null and responded_on is not null and customer_id <> 'unknown'
),

-- Of several answers of a day the last counts, of one moment the one with the largest id.
last_of_day as (
    select * from answers
    qualify row_number() over (
        partition by customer_id, responded_on
        order by responded_at desc, survey_response_id desc
    ) = 1
),

spanned as (
    select
        customer_id,
        score as nps_score,
        nps_group,
        responded_on as nps_answered_on,
        lead(responded_on) over (partition by customer_id order by responded_on) as next_answered_on
    from last_of_day
)

select * from spanned
