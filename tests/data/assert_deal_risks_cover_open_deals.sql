-- Every deal that is open today is judged, and no other.
with as_of as (
    select as_of_on from {{ ref('as_of') }}
),

open_deals as (
    select states.opportunity_id
    from {{ ref('int_opportunities_at') }} as states
    inner join as_of
        on
            states.valid_from_on <= as_of.as_of_on
            and (states.valid_to_on is null or states.valid_to_on > as_of.as_of_on)
    where states.is_open and not states.is_deleted
),

risks as (
    select opportunity_id from {{ ref('fct_deal_risks') }}
)

select
    open_deals.opportunity_id as open_opportunity_id,
    risks.opportunity_id as judged_opportunity_id
from open_deals
full outer join risks on open_deals.opportunity_id = risks.opportunity_id
where open_deals.opportunity_id is null or risks.opportunity_id is null
