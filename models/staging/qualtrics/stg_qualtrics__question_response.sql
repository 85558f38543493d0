with answers as (
    select
        -- keys
        _fivetran_id as answer_id,
        response_id,
        question_id,

        -- properties
        cast(value as decimal(18, 6)) as score,
        nullif(trim(text), '') as answer_text
    from {{ ref('base_qualtrics__question_response') }}
    where row_status = 'staged'
)

select * from answers
