with lines as (
    select
        -- keys
        id as invoice_line_item_id,
        invoice_id,
        subscription_id,
        subscription_item_id,
        plan_id as price_id,

        -- properties
        type as line_type,
        coalesce(proration, false) as is_proration,
        cast(quantity as decimal(18, 6)) as quantity,
        upper(currency) as currency,

        -- amounts
        {{ amount_from_minor_units('amount', 'minor_unit_digits') }} as amount,

        -- times
        period_start as period_started_at,
        period_end as period_ends_at
    from {{ ref('base_stripe__invoice_line_item') }}
    where row_status = 'staged'
)

select * from lines
