with campaigns as (
    select
        -- keys
        id as campaign_id,

        -- properties
        name as campaign_name,
        type as campaign_type,

        -- amounts
        {{ amount_from_double('actual_cost') }} as cost_amount,
        upper(currency_iso_code) as currency,

        -- times
        start_date as started_on,
        end_date as ended_on
    from {{ ref('base_salesforce__campaign') }}
    where row_status = 'staged'
)

select * from campaigns
