{% set shared_columns = [
    'object_type', 'object_id', 'visit_number', 'stage_code', 'entered_at', 'left_at', 'entered_on', 'left_on',
    'next_stage_code', 'owner_user_id', 'segment', 'lead_source', 'channel', 'is_history_missing', 'is_deleted',
] %}

with opportunity_visits as (
    select * from {{ ref('int_opportunity_stage_visits') }}
),

lead_visits as (
    select * from {{ ref('int_lead_stage_visits') }}
),

-- Of several leads that became one deal the latest tells its quality.
leads as (
    select
        opportunity_id,
        bant_tier
    from {{ ref('int_leads_described') }}
    where opportunity_id is not null
    qualify row_number() over (partition by opportunity_id order by created_at desc, lead_id asc) = 1
),

graded_visits as (
    select
        opportunity_visits.*,
        coalesce(leads.bant_tier, 'unknown') as bant_tier
    from opportunity_visits
    left join leads on opportunity_visits.object_id = leads.opportunity_id
),

-- A lead has no value and no product yet, and nothing is won or closed with it.
visits as (
    select
        {{ shared_columns | join(',\n        ') }},
        amount,
        reporting_amount,
        currency,
        product_line,
        bant_tier,
        is_won_before_contact,
        is_close_before_creation
    from graded_visits
    union all
    select
        {{ shared_columns | join(',\n        ') }},
        cast(null as decimal(18, 2)) as amount,
        cast(null as decimal(18, 2)) as reporting_amount,
        cast(null as string) as currency,
        'unknown' as product_line,
        bant_tier,
        false as is_won_before_contact,
        false as is_close_before_creation
    from lead_visits
)

select * from visits
