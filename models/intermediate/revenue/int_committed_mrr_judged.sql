with segments as (
    select * from {{ ref('int_mrr_segments_priced') }}
),

contracts as (
    select
        contract_id,
        service_end_on,
        is_auto_renewal
    from {{ ref('input_contracts') }}
),

horizon as (
    select
        as_of_on,
        {{ months_later('as_of_on', var('committed_mrr_horizon_months')) }} as horizon_on
    from {{ ref('as_of') }}
),

active as (
    select
        segments.*,
        horizon.as_of_on,
        horizon.horizon_on
    from segments
    cross join horizon
    where
        not segments.is_signed
        and segments.segment_from <= horizon.as_of_on
        and (segments.segment_to is null or segments.segment_to > horizon.as_of_on)
),

-- The first price of an item whose service is signed but has not begun.
starting as (
    select segments.*
    from segments
    cross join horizon
    left join active on segments.subscription_item_id = active.subscription_item_id
    where
        active.subscription_item_id is null
        and segments.segment_from > horizon.as_of_on
        and segments.segment_from <= horizon.horizon_on
    qualify row_number() over (
        partition by segments.subscription_item_id
        order by segments.segment_from, segments.interval_key
    ) = 1
),

judged as (
    select
        active.customer_id,
        active.currency,
        active.subscription_item_id,
        case
            when active.cancels_on <= active.horizon_on then 'cancelling'
            when
                not contracts.is_auto_renewal
                and contracts.service_end_on > active.as_of_on
                and contracts.service_end_on <= active.horizon_on
                then 'expiring'
            else 'staying'
        end as commitment,
        active.mrr_amount,
        active.permanent_mrr_amount
    from active
    left join contracts on active.contract_id = contracts.contract_id
    union all
    select
        customer_id,
        currency,
        subscription_item_id,
        'starting' as commitment,
        mrr_amount,
        permanent_mrr_amount
    from starting
)

select * from judged
