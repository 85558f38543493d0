with customers as (
    select
        customer_id,
        first_mrr_on,
        cohort_month_start
    from {{ ref('int_customers_cohorted') }}
),

opportunities as (
    select
        opportunity_id,
        account_id,
        campaign_id,
        closed_on
    from {{ ref('input_opportunities') }}
    where is_won and opportunity_type = 'new' and account_id is not null
),

touches as (
    select
        campaign_touch_id,
        account_id,
        campaign_id,
        has_responded,
        touched_on
    from {{ ref('input_campaign_touches') }}
),

campaigns as (
    select
        campaign_id,
        channel
    from {{ ref('input_campaigns') }}
    -- A campaign of unknown kind says nothing about the channel.
    where channel is not null
),

-- One row a channel: each source system may have words of its own for it.
referral_channels as (
    select distinct channel from {{ ref('campaign_channels') }}
    where is_referral
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- One deal a customer, its first: what came later sold to somebody who was won already.
first_deals as (
    select
        opportunities.account_id,
        opportunities.campaign_id
    from opportunities
    cross join as_of
    where opportunities.closed_on <= as_of.as_of_on
    qualify row_number() over (partition by opportunities.account_id order by opportunities.closed_on, opportunities.opportunity_id) = 1
),

deal_channels as (
    select
        first_deals.account_id,
        campaigns.campaign_id,
        campaigns.channel
    from first_deals
    inner join campaigns on first_deals.campaign_id = campaigns.campaign_id
),

-- One touch a customer: an answer tells more than an invitation, and the latest is closest to the decision.
touch_channels as (
    select
        touches.account_id,
        campaigns.campaign_id,
        campaigns.channel
    from touches
    inner join campaigns on touches.campaign_id = campaigns.campaign_id
    inner join customers on touches.account_id = customers.customer_id
    where {{ days_between('touches.touched_on', 'customers.first_mrr_on') }} between 0 and {{ var('acquisition_touch_days') }}
    qualify row_number() over (
        partition by touches.account_id
        order by touches.has_responded desc, touches.touched_on desc, touches.campaign_touch_id asc
    ) = 1
),

chosen as (
    select
        customers.customer_id,
        customers.first_mrr_on,
        customers.cohort_month_start as first_month_start,
        coalesce(deal_channels.channel, touch_channels.channel, 'none') as channel,
        case
            when deal_channels.channel is not null then 'deal'
            when touch_channels.channel is not null then 'touch'
            else 'none'
        end as channel_source,
        coalesce(deal_channels.campaign_id, touch_channels.campaign_id) as campaign_id
    from customers
    left join deal_channels on customers.customer_id = deal_channels.account_id
    left join touch_channels on customers.customer_id = touch_channels.account_id
),

channelled as (
    select
        chosen.*,
        referral_channels.channel is not null as is_referral
    from chosen
    left join referral_channels on chosen.channel = referral_channels.channel
)

select * from channelled
