with changes as (
    select
        -- keys
        id as opportunity_history_id,
        opportunity_id,

        -- properties
        stage_name,
        forecast_category,
        cast(cast(probability as string) as decimal(18, 6)) as probability_percent,

        -- amounts
        {{ amount_from_double('amount') }} as amount,
        upper(currency_iso_code) as currency,

        -- times
        created_date as changed_at,
        -- Midnight stands for a day here, as on the deal itself.
        cast(close_date as date) as close_on
    from {{ ref('base_salesforce__opportunity_history') }}
    where row_status = 'staged'
)

select * from changes
