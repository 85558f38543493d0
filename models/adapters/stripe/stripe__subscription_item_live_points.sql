with line_points as (
    select
        subscription_item_id,
        price_id,
        unit_amount,
        billed_quantity,
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
        {{ business_date('created_at') }} as created_on,
        {{ business_date('period_started_at') }} as period_starts_on
    from {{ ref('stg_stripe__subscription_item') }}
),

-- The connector writes an item again for many reasons: a version is new when its price or quantity was first seen.
item_versions as (
    select
        id as subscription_item_id,
        subscription_id,
        plan_id as price_id,
        quantity,
        {{ business_date('_fivetran_synced') }} as seen_on,
        row_number() over (partition by id order by _fivetran_synced, _file, _row) as version_number
    from {{ ref('base_stripe__subscription_item') }}
    where row_status in ('staged', 'superseded')
    qualify
        plan_id is distinct from lag(plan_id) over (partition by id order by _fivetran_synced, _file, _row)
        or quantity is distinct from lag(quantity) over (partition by id order by _fivetran_synced, _file, _row)
),

billed_versions as (
    select
        item_versions.subscription_item_id,
        max(item_versions.version_number) as version_number
    from item_versions
    inner join line_points on item_versions.subscription_item_id = line_points.subscription_item_id
    where
        item_versions.price_id = line_points.price_id
        and coalesce(item_versions.quantity, line_points.billed_quantity) = line_points.billed_quantity
    group by item_versions.subscription_item_id
),

unbilled as (
    select
        item_versions.*,
        line_points.price_id as billed_price_id,
        line_points.unit_amount as billed_unit_amount,
        line_points.billed_quantity,
        line_points.currency as billed_currency,
        line_points.billed_interval,
        line_points.billed_interval_count,
        line_points.held_from as billed_from,
        line_points.covered_until,
        live_items.created_on,
        live_items.period_starts_on,
        row_number() over (partition by item_versions.subscription_item_id order by item_versions.version_number) = 1 as is_first
    from item_versions
    inner join live_items on item_versions.subscription_item_id = live_items.subscription_item_id
    left join line_points on item_versions.subscription_item_id = line_points.subscription_item_id
    left join billed_versions on item_versions.subscription_item_id = billed_versions.subscription_item_id
    where
        item_versions.version_number > coalesce(billed_versions.version_number, 0)
        -- What was seen before the newest line was written is older than that line.
        and (line_points.held_from is null or item_versions.seen_on >= line_points.held_from)
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
        unbilled.subscription_item_id,
        unbilled.subscription_id,
        unbilled.price_id,
        -- A price without a unit amount is known as the amount of a line: in proportion to what that line billed.
        case
            when prices.unit_amount is not null then prices.unit_amount
            when unbilled.price_id = unbilled.billed_price_id
                then {{ prorated('unbilled.billed_unit_amount', 'unbilled.quantity', 'unbilled.billed_quantity', 6) }}
        end as unit_amount,
        -- A metered item has no quantity until its use is billed.
        case
            when prices.unit_amount is null then 1
            else coalesce(unbilled.quantity, unbilled.billed_quantity, case when prices.recurring_usage_type = 'metered' then 0 else 1 end)
        end as quantity,
        coalesce(prices.currency, unbilled.billed_currency) as currency,
        unbilled.billed_interval,
        unbilled.billed_interval_count,
        case
            when not unbilled.is_first then unbilled.seen_on
            when unbilled.billed_from is null then coalesce(unbilled.created_on, unbilled.period_starts_on, unbilled.seen_on)
            when unbilled.covered_until <= unbilled.period_starts_on then unbilled.period_starts_on
            else unbilled.seen_on
        end as held_from,
        unbilled.version_number
    from unbilled
    left join prices on unbilled.price_id = prices.price_id
)

select * from live_points
where unit_amount is not null
