with versions as (
    select
        -- keys
        id as opportunity_id,
        owner_id as owner_user_id,

        -- properties
        stage_name,
        forecast_category_name as forecast_category,
        cast(cast(probability as string) as decimal(18, 6)) as probability_percent,
        coalesce(is_deleted, false) as is_deleted,

        -- amounts
        {{ amount_from_double('amount') }} as amount,
        upper(currency_iso_code) as currency,

        -- times
        _fivetran_start as version_started_at,
        case when not _fivetran_active then _fivetran_end end as version_ended_at,
        -- Midnight stands for a day here, as on the deal itself.
        cast(close_date as date) as close_on
    from {{ ref('base_salesforce__opportunity_version') }}
    where row_status = 'staged'
)

select * from versions
