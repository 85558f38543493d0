with line_points as (
    select
        subscription_item_id,
        price_id,
        unit_amount,
        quantity,
        currency,
        billed_interval,
        billed_interval_count,
        held_from,
        max(billed_until) over (partition by subscription_item_id) as covered_until
    from {{ ref('stripe__subscription_item_line_points') }}
    -- What the newest line says; of one day, the change settled inside the period is newer than the period's own line.
    qualify row_number() over (
        partition by subscription_item_id order by held_from desc, is_proration desc, held_from_at desc, amount desc, last_line_id desc
    ) = 1
),

live_items as (
    select
        subscription_item_id,
        subscription_id,
        price_id,
        quantity,
        {{ business_date('created_at') }} as created_on,
        {{ business_date('period_started_at') }} as period_starts_on
    from {{ ref('stg_stripe__subscription_item') }}
),

item_versions as (
    select
        id as subscription_item_id,
        plan_id,
        quantity,
        _fivetran_synced as synced_at,
        lag(plan_id) over (partition by id order by _fivetran_synced, _file, _row) as plan_id_before,
        lag(quantity) over (partition by id order by _fivetran_synced, _file, _row) as quantity_before
    from {{ ref('base_stripe__subscription_item') }}
    where row_status in ('staged', 'superseded')
),

-- The connector writes an item again for many reasons: what counts is when its price or quantity was first seen.
sightings as (
    select
        subscription_item_id,
        {{ business_date('max(synced_at)') }} as seen_on
    from item_versions
    where plan_id is distinct from plan_id_before or quantity is distinct from quantity_before
    group by subscription_item_id
),

prices as (
    select
        price_id,
        unit_amount,
        currency,
        recurring_usage_type
    from {{ ref('stg_stripe__price') }}
),

live_points as (
    select
        live_items.subscription_item_id,
        live_items.subscription_id,
        live_items.price_id,
        coalesce(
            prices.unit_amount,
            case when live_items.price_id = line_points.price_id then line_points.unit_amount end
        ) as unit_amount,
        -- A metered item has no quantity until its use is billed.
        coalesce(
            live_items.quantity, line_points.quantity, case when prices.recurring_usage_type = 'metered' then 0 else 1 end
        ) as quantity,
        coalesce(prices.currency, line_points.currency) as currency,
        line_points.billed_interval,
        line_points.billed_interval_count,
        case
            when line_points.subscription_item_id is null
                then coalesce(live_items.created_on, live_items.period_starts_on, sightings.seen_on)
            when line_points.covered_until <= live_items.period_starts_on then live_items.period_starts_on
            else sightings.seen_on
        end as held_from,
        line_points.held_from as billed_from
    from live_items
    left join line_points on live_items.subscription_item_id = line_points.subscription_item_id
    left join sightings on live_items.subscription_item_id = sightings.subscription_item_id
    left join prices on live_items.price_id = prices.price_id
    where
        live_items.price_id is distinct from line_points.price_id
        or live_items.quantity <> line_points.quantity
)

select * from live_points
where
    unit_amount is not null
    -- A row that was seen before the newest line was written knows less than that line.
    and (billed_from is null or billed_from <= held_from)
