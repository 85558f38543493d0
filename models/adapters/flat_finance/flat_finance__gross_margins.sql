with margins as (
    select * from {{ ref('stg_flat_finance__gross_margin') }}
),

contracted as (
    select
        {{ source_key('flat_finance', "product_line || '|' || cast(month_start as string)") }} as gross_margin_id,
        product_line,
        month_start,
        gross_margin_rate,
        'flat_finance' as source_system
    from margins
)

select * from contracted
