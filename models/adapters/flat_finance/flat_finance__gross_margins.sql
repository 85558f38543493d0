with margins as (
    select
        {{ spelled_alike('product_line') }} as product_line,
        product_line as product_line_spelling,
        month_start,
        gross_margin_rate,
        arrived_at
    from {{ ref('stg_flat_finance__gross_margin') }}
),

-- Finance may spell a line otherwise the next time: of a line and month the margin that arrived last stands.
latest as (
    select * from margins
    qualify row_number() over (
        partition by product_line, month_start
        order by arrived_at desc, product_line_spelling desc
    ) = 1
),

contracted as (
    select
        {{ source_key('flat_finance', "product_line || '|' || cast(month_start as string)") }} as gross_margin_id,
        product_line,
        month_start,
        gross_margin_rate,
        'flat_finance' as source_system
    from latest
)

select * from contracted
