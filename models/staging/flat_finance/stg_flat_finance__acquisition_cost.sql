with postings as (
    select
        -- keys
        cost_id,

        -- properties
        channel,
        upper(currency) as currency,

        -- amounts
        {{ parsed_decimal('amount', 18, 2) }} as amount,

        -- times
        {{ parsed_date("month || '-01'") }} as month_start
    from {{ ref('base_flat_finance__acquisition_cost') }}
    where row_status = 'staged'
)

select * from postings
