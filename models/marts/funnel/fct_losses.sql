with opportunities as (
    select
        opportunity_id,
        account_id,
        loss_reason,
        competitor_name
    from {{ ref('input_opportunities') }}
),

visits as (
    select
        *,
        lag(stage_code) over (partition by object_id order by visit_number) as stage_lost_at
    from {{ ref('fct_stage_visits') }}
    where object_type = 'opportunity' and not is_deleted
),

churns as (
    select * from {{ ref('fct_churns') }}
),

customers as (
    select
        customer_id,
        segment,
        owner_user_id
    from {{ ref('int_customers_described') }}
),

loss_themes as (
    select
        reason_kind,
        {{ spelled_alike('source_reason') }} as source_reason,
        theme
    from {{ ref('loss_themes') }}
),

-- A deal that was reopened is not lost any more: the visit of the stage has to go on.
lost_deals as (
    select
        'loss' as loss_kind,
        visits.object_id as source_id,
        coalesce(opportunities.account_id, 'unknown') as customer_id,
        visits.entered_on as lost_on,
        coalesce(visits.stage_lost_at, 'unknown') as stage_lost_at,
        opportunities.loss_reason as reason,
        opportunities.competitor_name,
        visits.reporting_amount as reporting_deal_amount,
        cast(null as decimal(18, 2)) as reporting_lost_mrr_amount,
        visits.segment,
        visits.product_line,
        visits.owner_user_id
    from visits
    inner join opportunities on visits.object_id = opportunities.opportunity_id
    where visits.stage_code = 'lost' and visits.is_open
),

lost_customers as (
    select
        'churn' as loss_kind,
        churns.movement_key as source_id,
        churns.customer_id,
        churns.occurred_on as lost_on,
        cast(null as string) as stage_lost_at,
        churns.churn_reason as reason,
        cast(null as string) as competitor_name,
        cast(null as decimal(18, 2)) as reporting_deal_amount,
        churns.reporting_lost_mrr_amount,
        coalesce(customers.segment, 'unknown') as segment,
        'unknown' as product_line,
        coalesce(customers.owner_user_id, 'unknown') as owner_user_id
    from churns
    left join customers on churns.customer_id = customers.customer_id
),

losses as (
    select * from lost_deals
    union all
    select * from lost_customers
),

fct_losses as (
    select
        losses.loss_kind,
        losses.source_id,
        losses.customer_id,
        losses.lost_on,
        {{ month_start('losses.lost_on') }} as month_start,
        losses.stage_lost_at,
        losses.reason,
        case
            when {{ spelled_alike('losses.reason') }} is null then 'unknown'
            else coalesce(loss_themes.theme, 'unmapped')
        end as theme,
        losses.competitor_name,
        losses.reporting_deal_amount,
        losses.reporting_lost_mrr_amount,
        losses.segment,
        losses.product_line,
        losses.owner_user_id
    from losses
    left join loss_themes
        on
            losses.loss_kind = loss_themes.reason_kind
            and {{ spelled_alike('losses.reason') }} = loss_themes.source_reason
)

select * from fct_losses
