with questions as (
    select
        -- keys
        survey_id,
        id as question_id,

        -- properties
        question_text,
        question_type,
        selector,
        trim(data_export_tag) as export_tag
    from {{ ref('base_qualtrics__question') }}
    where row_status = 'staged'
)

select * from questions
