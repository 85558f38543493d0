{% set slices = {
    'total': "'all'",
    'source': 'lead_source',
    'channel': 'channel',
    'segment': 'segment',
    'product_line': 'product_line',
    'owner': 'owner_user_id',
    'bant_tier': 'bant_tier',
} %}

with entries as (
    select * from {{ ref('int_funnel_entries_followed') }}
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
        is_reached,
        is_over
    from entries
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
        count(*) as entered_count,
        count(case when is_reached then 1 end) as reached_count,
        count(case when not is_reached and is_over then 1 end) as lost_count,
        count(case when not is_reached and not is_over then 1 end) as open_count
    from sliced
    group by slice, slice_value, object_type, stage_code, month_start
),

fct_funnel_conversion_by_cohort as (
    select
        slice,
        slice_value,
        object_type,
        stage_code,
        month_start,
        stage_order,
        entered_count,
        reached_count,
        lost_count,
        open_count,
        -- A stage without a place in the order has nothing after it.
        case
            when stage_order is not null then {{ prorated('reached_count', '1', 'entered_count', 6) }}
        end as conversion_rate,
        case
            when stage_order is not null then {{ prorated('reached_count', '1', 'reached_count + lost_count', 6) }}
        end as decided_conversion_rate,
        {{ prorated('reached_count + lost_count', '1', 'entered_count', 6) }} as decided_share,
        open_count > 0 as is_maturing
    from counted
)

select * from fct_funnel_conversion_by_cohort
