{% set texts = ['account_id', 'owner_user_id', 'opportunity_type', 'stage_name', 'currency', 'lead_source', 'campaign_id'] %}

with opportunities as (
    select
        opportunity_id,
        {{ texts | join(',\n        ') }},
        forecast_category,
        probability,
        amount,
        is_closed,
        is_won,
        false as is_deleted,
        created_at,
        closed_on,
        cast(null as timestamp) as deleted_at,
        source_system
    from {{ ref('input_opportunities') }}
),

deleted_opportunities as (
    select
        opportunity_id,
        {{ texts | join(',\n        ') }},
        cast(null as string) as forecast_category,
        cast(null as decimal(18, 6)) as probability,
        amount,
        cast(null as boolean) as is_closed,
        cast(null as boolean) as is_won,
        true as is_deleted,
        coalesce(created_at, deleted_at) as created_at,
        closed_on,
        deleted_at,
        source_system
    from {{ ref('input_deleted_opportunities') }}
),

-- Of what arrived as a history alone nothing but that is known.
changed_opportunities as (
    select
        opportunity_id,
        {% for name in texts + ['forecast_category'] -%}
        cast(null as string) as {{ name }},
        {% endfor -%}
        cast(null as decimal(18, 6)) as probability,
        cast(null as decimal(18, 2)) as amount,
        cast(null as boolean) as is_closed,
        cast(null as boolean) as is_won,
        false as is_deleted,
        min(changed_at) as created_at,
        cast(null as date) as closed_on,
        cast(null as timestamp) as deleted_at,
        source_system
    from {{ ref('input_opportunity_stage_changes') }}
    group by opportunity_id, source_system
),

products as (
    select
        opportunity_id,
        coalesce(product_line, 'unknown') as product_line,
        sum(amount) as amount
    from {{ ref('input_opportunity_products') }}
    group by opportunity_id, product_line
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

-- Deals that are there, deals that were deleted, and deals of which nothing but a history arrived.
known as (
    select * from opportunities
    union all
    select deleted_opportunities.*
    from deleted_opportunities
    left join opportunities on deleted_opportunities.opportunity_id = opportunities.opportunity_id
    where opportunities.opportunity_id is null
    union all
    select changed_opportunities.*
    from changed_opportunities
    left join opportunities on changed_opportunities.opportunity_id = opportunities.opportunity_id
    left join deleted_opportunities on changed_opportunities.opportunity_id = deleted_opportunities.opportunity_id
    where opportunities.opportunity_id is null and deleted_opportunities.opportunity_id is null
),

-- Of the product lines of a deal the one that is worth most stands for it.
main_products as (
    select
        opportunity_id,
        product_line
    from products
    qualify row_number() over (partition by opportunity_id order by amount desc, product_line asc) = 1
),

described as (
    select
        known.*,
        {{ business_date('known.created_at') }} as created_on,
        coalesce(known.account_id, 'unknown') as customer_id,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(campaigns.channel, 'none') as channel,
        coalesce(main_products.product_line, 'unknown') as product_line
    from known
    left join customers on known.account_id = customers.customer_id
    left join campaigns on known.campaign_id = campaigns.campaign_id
    left join main_products on known.opportunity_id = main_products.opportunity_id
)

select * from described
