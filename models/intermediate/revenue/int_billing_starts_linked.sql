with segments as (
    select
        customer_id,
        currency,
        subscription_item_id,
        contract_id,
        segment_from,
        segment_to,
        mrr_amount
    from {{ ref('int_mrr_segments_priced') }}
    where not is_signed
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

contracts as (
    select
        contract_id,
        opportunity_id
    from {{ ref('input_contracts') }}
),

won_opportunities as (
    select opportunity_id from {{ ref('input_opportunities') }}
    where is_won
),

followed as (
    select
        segments.*,
        lag(segments.contract_id) over (partition by segments.subscription_item_id order by segments.segment_from) as previous_contract_id,
        lag(segments.segment_to) over (partition by segments.subscription_item_id order by segments.segment_from) as previous_segment_to,
        lag(segments.mrr_amount) over (partition by segments.subscription_item_id order by segments.segment_from) as previous_mrr_amount
    from segments
    cross join as_of
    where segments.segment_from <= as_of.as_of_on
),

linked as (
    select
        won_opportunities.opportunity_id,
        followed.customer_id,
        followed.currency,
        followed.subscription_item_id,
        followed.contract_id,
        followed.segment_from as started_on,
        followed.mrr_amount,
        cast(
            followed.mrr_amount
            - case when followed.previous_segment_to = followed.segment_from then followed.previous_mrr_amount else 0 end
            as decimal(18, 2)
        ) as increase_mrr_amount
    from followed
    inner join contracts on followed.contract_id = contracts.contract_id
    inner join won_opportunities on contracts.opportunity_id = won_opportunities.opportunity_id
    where followed.contract_id is distinct from followed.previous_contract_id
)

select * from linked
