with line_points as (
    select subscription_item_id from {{ ref('stripe__subscription_item_line_points') }}
),

live_items as (
    select subscription_item_id from {{ ref('stg_stripe__subscription_item') }}
),

delete_markers as (
    select
        id as subscription_item_id,
        {{ business_date('_fivetran_synced') }} as deletion_seen_on
    from {{ ref('base_stripe__subscription_item') }}
    where row_status = 'deleted'
),

returned_lines as (
    select
        subscription_item_id,
        {{ business_date('period_started_at') }} as returned_on
    from {{ ref('stripe__counted_lines') }}
    where is_proration and amount < 0
),

removed_items as (
    -- One row per line: what was billed and lives no more is one item.
    select distinct line_points.subscription_item_id
    from line_points
    left join live_items on line_points.subscription_item_id = live_items.subscription_item_id
    where live_items.subscription_item_id is null
),

last_returns as (
    select
        subscription_item_id,
        max(returned_on) as returned_on
    from returned_lines
    group by subscription_item_id
),

removals as (
    select
        removed_items.subscription_item_id,
        last_returns.returned_on,
        delete_markers.deletion_seen_on
    from removed_items
    left join last_returns on removed_items.subscription_item_id = last_returns.subscription_item_id
    left join delete_markers on removed_items.subscription_item_id = delete_markers.subscription_item_id
)

select * from removals
