with responses as (
    select
        -- keys
        id as response_id,
        survey_id,

        -- properties
        nullif(lower(trim(recipient_email)), '') as respondent_email,
        distribution_channel,
        user_language,
        finished = 1 as is_finished,
        -- The status is a sum of flags: 9 is the preview of somebody whom Qualtrics takes for a robot.
        coalesce(status % 2 >= 1, false) as is_preview,
        coalesce(status % 4 >= 2, false) as is_test,
        coalesce(status % 16 >= 8, false) as is_spam,

        -- times
        start_date as started_at,
        end_date as ended_at,
        recorded_date as recorded_at
    from {{ ref('base_qualtrics__survey_response') }}
    where row_status = 'staged'
)

select * from responses
