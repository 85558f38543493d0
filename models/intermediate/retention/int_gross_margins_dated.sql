with margins as (
    select
        gross_margin_id,
        product_line,
        month_start,
        gross_margin_rate
    from {{ ref('input_gross_margins') }}
),

-- A margin holds until the next one of its line; of two for one month the later id does.
dated as (
    select
        gross_margin_id,
        product_line,
        month_start as valid_from,
        lead(month_start) over (partition by product_line order by month_start, gross_margin_id) as valid_to,
        gross_margin_rate
    from margins
)

select * from dated
