-- Every deal of the CRM is counted once where it was opened and, when it is decided, once where it was, in every slice.
with shown as (
    select
        count(*) as opened_count,
        coalesce(sum(case when is_won then 1 else 0 end), 0) as won_count,
        coalesce(sum(case when is_closed and not is_won then 1 else 0 end), 0) as lost_count
    from {{ ref('input_opportunities') }}
),

-- What arrived as a history alone counts, too.
told_only as (
    select
        count(*) as opened_count,
        coalesce(sum(case when states.is_won then 1 else 0 end), 0) as won_count,
        coalesce(sum(case when states.is_lost then 1 else 0 end), 0) as lost_count
    from {{ ref('int_opportunities_at') }} as states
    left join {{ ref('input_opportunities') }} as opportunities on states.opportunity_id = opportunities.opportunity_id
    where states.valid_to_on is null and not states.is_deleted and opportunities.opportunity_id is null
),

counted as (
    select
        slice,
        sum(opened_count) as opened_count,
        sum(won_count) as won_count,
        sum(lost_count) as lost_count,
        sum(opened_won_count) as opened_won_count,
        sum(opened_lost_count) as opened_lost_count
    from {{ ref('fct_win_rates_by_month') }}
    group by slice
)

select
    counted.*,
    shown.opened_count + told_only.opened_count as shown_opened_count,
    shown.won_count + told_only.won_count as shown_won_count,
    shown.lost_count + told_only.lost_count as shown_lost_count
from counted
cross join shown
cross join told_only
where
    counted.opened_count <> shown.opened_count + told_only.opened_count
    or counted.won_count <> shown.won_count + told_only.won_count
    or counted.lost_count <> shown.lost_count + told_only.lost_count
    or counted.opened_won_count <> shown.won_count + told_only.won_count
    or counted.opened_lost_count <> shown.lost_count + told_only.lost_count
