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

won_opportunities as (
    select
        opportunity_id,
        contract_id,
        opportunity_type,
        closed_on
    from {{ ref('input_opportunities') }}
    where is_won
),

deals as (
    select
        contract_id,
        opportunity_id,
        opportunity_type,
        closed_on
    from won_opportunities
    where contract_id is not null
    union
    select
        contracts.contract_id,
        won_opportunities.opportunity_id,
        won_opportunities.opportunity_type,
        won_opportunities.closed_on
    from {{ ref('input_contracts') }} as contracts
    inner join won_opportunities on contracts.opportunity_id = won_opportunities.opportunity_id
),

-- Several deals name one contract: it began with the new deal or renewal, what was sold on top came later.
starting_deals as (
    select
        contract_id,
        opportunity_id
    from deals
    qualify row_number() over (
        partition by contract_id
        order by case when opportunity_type = 'expansion' then 1 else 0 end, closed_on, opportunity_id
    ) = 1
),

followed as (
    select
        segments.*,
        min(segments.segment_from) over (partition by segments.contract_id) as contract_billed_from,
        lag(segments.contract_id) over (partition by segments.subscription_item_id order by segments.segment_from) as previous_contract_id,
        lag(segments.segment_to) over (partition by segments.subscription_item_id order by segments.segment_from) as previous_segment_to,
        lag(segments.mrr_amount) over (partition by segments.subscription_item_id order by segments.segment_from) as previous_mrr_amount
    from segments
    cross join as_of
    where segments.segment_from <= as_of.as_of_on
),

linked as (
    select
        starting_deals.opportunity_id,
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
    inner join starting_deals on followed.contract_id = starting_deals.contract_id
    where
        followed.contract_id is distinct from followed.previous_contract_id
        -- An item that joins the contract later was not part of the deal that began it.
        and {{ days_between('followed.contract_billed_from', 'followed.segment_from') }} <= {{ var('contract_match_days') }}
)

select * from linked
