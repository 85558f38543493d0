with contracts as (
    select
        contract_id,
        opportunity_id
    from {{ ref('input_contracts') }}
    where opportunity_id is not null
),

deliveries as (
    select
        contract_id,
        accepted_on,
        sum(delivered_share) over (
            partition by contract_id order by accepted_on range between unbounded preceding and current row
        ) as delivered_to_date
    from {{ ref('input_deliveries') }}
),

terms as (
    select
        contract_id,
        renewed_on,
        outcome
    from {{ ref('int_contract_terms_judged') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

reached as (
    select
        contract_id,
        'delivered' as stage_code,
        min(accepted_on) as reached_on
    from deliveries
    where delivered_to_date >= 1
    group by contract_id
    union all
    select
        contract_id,
        'renewed' as stage_code,
        min(renewed_on) as reached_on
    from terms
    where outcome in ('renewed', 'expanded', 'contracted')
    group by contract_id
),

-- A deal that stands for several contracts is delivered, and renewed, with the first of them.
milestones as (
    select
        contracts.opportunity_id,
        reached.stage_code,
        min(reached.reached_on) as reached_on
    from contracts
    inner join reached on contracts.contract_id = reached.contract_id
    cross join as_of
    where reached.reached_on <= as_of.as_of_on
    group by contracts.opportunity_id, reached.stage_code
)

select * from milestones
