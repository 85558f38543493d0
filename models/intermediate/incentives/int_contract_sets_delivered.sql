{# Shares have six digits: counted in millionths they are whole numbers. #}
{% set millionths = 1000000 %}

with event_contracts as (
    select * from {{ ref('int_event_contracts_linked') }}
),

deliveries as (
    select
        contract_id,
        accepted_on,
        delivered_share
    from {{ ref('input_deliveries') }}
),

cutoff as (
    select cutoff_on from {{ ref('cutoff') }}
),

-- Each contract once in a set, however many events share the set.
members as (
    select distinct
        contract_set_key,
        contract_id
    from event_contracts
),

accepted as (
    select
        deliveries.contract_id,
        least(sum(deliveries.delivered_share), 1) as accepted_share,
        max(deliveries.accepted_on) as accepted_on
    from deliveries
    cross join cutoff
    where deliveries.accepted_on <= cutoff.cutoff_on
    group by deliveries.contract_id
),

delivered as (
    select
        members.contract_set_key,
        cast(sum(coalesce({{ prorated('accepted.accepted_share', millionths | string) }}, 0)) as decimal(18, 2)) as delivered_part,
        cast(sum({{ millionths }}) as decimal(18, 2)) as delivered_whole,
        max(accepted.accepted_on) as changed_on
    from members
    left join accepted on members.contract_id = accepted.contract_id
    group by members.contract_set_key
)

select * from delivered
