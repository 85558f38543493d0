with movements as (
    select
        customer_id,
        currency,
        period_on as occurred_on,
        mrr_amount
    from {{ ref('int_mrr_movements_typed') }}
    where basis = 'daily' and mrr_amount > 0
),

linked as (
    select * from {{ ref('int_billing_starts_linked') }}
),

won_opportunities as (
    select
        opportunity_id,
        account_id,
        currency,
        closed_on
    from {{ ref('input_opportunities') }}
    -- A renewal keeps MRR where it was: a rise is none of its doing.
    where is_won and coalesce(opportunity_type, 'unknown') <> 'renewal'
),

linked_by_day as (
    select
        customer_id,
        currency,
        started_on,
        sum(increase_mrr_amount) as mrr_amount
    from linked
    group by customer_id, currency, started_on
),

remaining as (
    select
        movements.customer_id,
        movements.currency,
        movements.occurred_on,
        cast(movements.mrr_amount - coalesce(linked_by_day.mrr_amount, 0) as decimal(18, 2)) as mrr_amount
    from movements
    left join linked_by_day
        on
            movements.customer_id = linked_by_day.customer_id
            and movements.currency = linked_by_day.currency
            and movements.occurred_on = linked_by_day.started_on
),

unlinked_opportunities as (
    select won_opportunities.*
    from won_opportunities
    left join linked on won_opportunities.opportunity_id = linked.opportunity_id
    where linked.opportunity_id is null
),

candidates as (
    select
        remaining.customer_id,
        remaining.currency,
        remaining.occurred_on,
        remaining.mrr_amount,
        unlinked_opportunities.opportunity_id,
        -- One happening goes to one deal: the nearest in days, then the earlier, then the smaller key.
        row_number() over (
            partition by remaining.customer_id, remaining.currency, remaining.occurred_on
            order by
                abs({{ days_between('remaining.occurred_on', 'unlinked_opportunities.closed_on') }}) nulls last,
                unlinked_opportunities.closed_on nulls last,
                unlinked_opportunities.opportunity_id nulls last
        ) as nearness
    from remaining
    left join unlinked_opportunities
        on
            remaining.customer_id = unlinked_opportunities.account_id
            and remaining.currency = unlinked_opportunities.currency
            and abs({{ days_between('remaining.occurred_on', 'unlinked_opportunities.closed_on') }}) <= {{ var('contract_match_days') }}
            and {{ var('contract_match_days') }} > 0
    where remaining.mrr_amount > 0
),

matched as (
    select
        customer_id,
        currency,
        occurred_on,
        mrr_amount,
        opportunity_id
    from candidates
    where nearness = 1
)

select * from matched
