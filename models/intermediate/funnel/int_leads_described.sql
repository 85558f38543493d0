with leads as (
    select
        lead_id,
        owner_user_id,
        account_id,
        opportunity_id,
        lead_source,
        campaign_id,
        stage_name,
        cast(has_budget as int) as budget_count,
        cast(has_authority as int) as authority_count,
        cast(has_need as int) as need_count,
        cast(has_timeline as int) as timeline_count,
        employee_count,
        created_at,
        assigned_at,
        trial_started_at,
        converted_at,
        source_system
    from {{ ref('input_leads') }}
),

campaigns as (
    select
        campaign_id,
        channel
    from {{ ref('input_campaigns') }}
),

customers as (
    select
        customer_id,
        segment
    from {{ ref('int_customers_described') }}
),

segments as (
    select * from {{ ref('customer_segments') }}
),

bant_tiers as (
    select * from {{ ref('bant_tiers') }}
),

counted as (
    select
        *,
        coalesce(budget_count, authority_count, need_count, timeline_count) is not null as is_asked,
        coalesce(budget_count, 0) + coalesce(authority_count, 0) + coalesce(need_count, 0) + coalesce(timeline_count, 0) as yes_count
    from leads
),

described as (
    select
        counted.lead_id,
        counted.owner_user_id,
        counted.opportunity_id,
        counted.stage_name,
        counted.source_system,
        coalesce(counted.lead_source, 'unknown') as lead_source,
        coalesce(campaigns.channel, 'none') as channel,
        coalesce(customers.segment, segments.segment, 'unknown') as segment,
        -- What nobody asked is no answer: such a lead is neither good nor bad.
        case when counted.is_asked then bant_tiers.bant_tier else 'not_asked' end as bant_tier,
        counted.created_at,
        {{ business_date('counted.created_at') }} as created_on,
        counted.assigned_at,
        counted.trial_started_at,
        counted.converted_at
    from counted
    left join campaigns on counted.campaign_id = campaigns.campaign_id
    left join customers on counted.account_id = customers.customer_id
    left join segments
        on
            counted.employee_count >= segments.employees_from
            and (segments.employees_to is null or counted.employee_count < segments.employees_to)
    left join bant_tiers
        on
            counted.yes_count >= bant_tiers.yes_count_from
            and counted.yes_count < bant_tiers.yes_count_to
)

select * from described
