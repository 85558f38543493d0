with lines_held as (
    select
        customer_id,
        month_start
    from {{ ref('int_product_lines_held') }}
    -- What nobody can place is no customer whose health could be told.
    where customer_id <> 'unknown'
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

quarters_held as (
    select
        customer_id,
        cast(date_trunc('quarter', month_start) as date) as quarter_start
    from lines_held
    group by customer_id, cast(date_trunc('quarter', month_start) as date)
),

ended as (
    select
        customer_id,
        quarter_start,
        {{ days_later(months_later('quarter_start', 3), -1) }} as quarter_end
    from quarters_held
),

spanned as (
    select
        ended.customer_id,
        ended.quarter_start,
        least(ended.quarter_end, as_of.as_of_on) as state_on,
        ended.quarter_end > as_of.as_of_on as is_partial
    from ended
    cross join as_of
)

select * from spanned
