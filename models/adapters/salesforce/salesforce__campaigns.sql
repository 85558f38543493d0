with campaigns as (
    select * from {{ ref('stg_salesforce__campaign') }}
),

channels as (
    select
        {{ spelled_alike('source_type') }} as source_type,
        channel
    from {{ ref('campaign_channels') }}
    where source_system = 'salesforce'
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('campaigns.campaign_id')) }} as campaign_id,
        campaigns.campaign_name,
        channels.channel,
        campaigns.cost_amount,
        campaigns.currency,
        campaigns.started_on,
        campaigns.ended_on,
        'salesforce' as source_system
    from campaigns
    left join channels
        on {{ spelled_alike('campaigns.campaign_type') }} = channels.source_type
)

select * from contracted
