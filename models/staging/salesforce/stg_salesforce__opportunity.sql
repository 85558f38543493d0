with opportunities as (
    select
        -- keys
        id as opportunity_id,
        account_id,
        owner_id as owner_user_id,
        contract_id,
        campaign_id,

        -- properties
        name as opportunity_name,
        type as opportunity_type,
        cast(contract_months_c as int) as contract_months,
        stage_name,
        is_closed,
        is_won,
        cast(cast(probability as string) as decimal(18, 6)) as probability_percent,
        forecast_category_name as forecast_category,
        lead_source,
        loss_reason_c as loss_reason,
        main_competitor_c as competitor_name,

        -- amounts
        {{ amount_from_double('amount') }} as amount,
        upper(currency_iso_code) as currency,

        -- times
        created_date as created_at,
        -- Midnight stands for a day here, not for an instant: shifting it to a time zone would move the deal to another day.
        cast(close_date as date) as closed_on
    from {{ ref('base_salesforce__opportunity') }}
    where row_status = 'staged'
)

select * from opportunities
