with opportunities as (
    select
        opportunity_id,
        owner_user_id
    from {{ ref('input_opportunities') }}
),

-- The same person may be named twice on a deal.
splits as (
    select
        opportunity_id,
        split_kind,
        user_id,
        sum(split_percent) as holder_share
    from {{ ref('input_opportunity_splits') }}
    group by opportunity_id, split_kind, user_id
),

revenue_totals as (
    select
        opportunity_id,
        sum(holder_share) as total_share
    from splits
    where split_kind = 'revenue'
    group by opportunity_id
),

shares as (
    select
        opportunity_id,
        'owner' as share_kind,
        owner_user_id as user_id,
        1 as holder_share,
        cast(null as string) as uncredited_reason
    from opportunities
    where owner_user_id is not null
    union all
    -- A deal that nobody shares is its owner's.
    select
        opportunities.opportunity_id,
        'revenue' as share_kind,
        opportunities.owner_user_id as user_id,
        1 as holder_share,
        cast(null as string) as uncredited_reason
    from opportunities
    left join revenue_totals on opportunities.opportunity_id = revenue_totals.opportunity_id
    where revenue_totals.opportunity_id is null and opportunities.owner_user_id is not null
    union all
    select
        splits.opportunity_id,
        splits.split_kind as share_kind,
        splits.user_id,
        splits.holder_share,
        cast(null as string) as uncredited_reason
    from splits
    left join revenue_totals on splits.opportunity_id = revenue_totals.opportunity_id
    where splits.split_kind = 'overlay' or revenue_totals.total_share = 1
    union all
    -- Shares that do not make up the deal are no basis for pay: the whole of it waits.
    select
        opportunity_id,
        'revenue' as share_kind,
        cast(null as string) as user_id,
        1 as holder_share,
        'splits_not_100_percent' as uncredited_reason
    from revenue_totals
    where total_share <> 1
),

judged as (
    select
        opportunity_id,
        share_kind,
        user_id,
        cast(holder_share as decimal(18, 10)) as holder_share,
        uncredited_reason
    from shares
)

select * from judged
