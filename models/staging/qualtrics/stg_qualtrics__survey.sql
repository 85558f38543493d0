with surveys as (
    select
        -- keys
        id as survey_id,

        -- properties
        survey_name,
        survey_status
    from {{ ref('base_qualtrics__survey') }}
    where row_status = 'staged'
)

select * from surveys
