with ruled as (
    select * from {{ ref('int_event_parts_ruled') }}
    where credit_source in ('opportunity_split', 'opportunity_owner', 'contract_opportunity_split')
),

deal_shares as (
    select * from {{ ref('int_deal_shares_judged') }}
),

found as (
    select
        ruled.event_key,
        ruled.part_key,
        ruled.rule_key,
        deal_shares.user_id,
        deal_shares.holder_share,
        deal_shares.uncredited_reason
    from ruled
    inner join deal_shares
        on
            ruled.opportunity_id = deal_shares.opportunity_id
            and case
                when ruled.credit_source = 'opportunity_owner' then 'owner'
                when ruled.credit_kind = 'overlay' then 'overlay'
                else 'revenue'
            end = deal_shares.share_kind
)

select * from found
