with margins as (
    select
        -- keys
        product_line,
        {{ parsed_date("month || '-01'") }} as month_start,

        -- properties
        {{ parsed_decimal('gross_margin', 18, 6) }} as gross_margin_rate,

        -- times
        _fivetran_synced as arrived_at
    from {{ ref('base_flat_finance__gross_margin') }}
    where row_status = 'staged'
)

select * from margins
