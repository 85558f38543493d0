{% set slices = {
    'total': "'all'",
    'source': 'lead_source',
    'channel': 'channel',
    'segment': 'segment',
    'product_line': 'product_line',
    'owner': 'owner_user_id',
    'bant_tier': 'bant_tier',
} %}

with stages as (
    select
        stage_code,
        stage_order,
        is_lost
    from {{ ref('funnel_stages') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- A lead that left its last stage and was not deleted became a deal: it went on.
exits as (
    select
        visits.*,
        {{ month_start('visits.left_on') }} as month_start,
        case
            when next_stages.is_lost then 'lost'
            when next_stages.stage_order > visits.stage_order then 'advanced'
            when next_stages.stage_order < visits.stage_order then 'returned'
            when visits.next_stage_code is null and visits.object_type = 'lead' and not visits.is_deleted then 'advanced'
            else 'other'
        end as way_out
    from {{ ref('fct_stage_visits') }} as visits
    inner join stages on visits.stage_code = stages.stage_code
    left join stages as next_stages on visits.next_stage_code = next_stages.stage_code
    where visits.left_on is not null and not stages.is_lost
),

sliced as (
    {% for slice, value in slices.items() -%}
    select
        '{{ slice }}' as slice,
        {{ value }} as slice_value,
        object_type,
        stage_code,
        stage_order,
        month_start,
        way_out
    from exits
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        slice,
        slice_value,
        object_type,
        stage_code,
        month_start,
        max(stage_order) as stage_order,
        count(*) as left_count,
        count(case when way_out = 'advanced' then 1 end) as advanced_count,
        count(case when way_out = 'lost' then 1 end) as lost_count,
        count(case when way_out = 'returned' then 1 end) as returned_count,
        count(case when way_out = 'other' then 1 end) as other_count
    from sliced
    group by slice, slice_value, object_type, stage_code, month_start
),

fct_funnel_activity_by_month as (
    select
        counted.slice,
        counted.slice_value,
        counted.object_type,
        counted.stage_code,
        counted.month_start,
        counted.stage_order,
        counted.left_count,
        counted.advanced_count,
        counted.lost_count,
        counted.returned_count,
        counted.other_count,
        -- A stage without a place in the order has nothing after it.
        case
            when counted.stage_order is not null then {{ prorated('counted.advanced_count', '1', 'counted.left_count', 6) }}
        end as advance_rate,
        last_day(counted.month_start) > as_of.as_of_on as is_partial
    from counted
    cross join as_of
)

select * from fct_funnel_activity_by_month
