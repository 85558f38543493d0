-- Every slice of the funnel shows the same leads and deals: summed over its values each figure equals the total.
with figures as (
    select
        'conversion' as mart,
        slice,
        object_type,
        stage_code,
        month_start,
        cast(sum(entered_count) as bigint) as figure_1,
        cast(sum(reached_count) as bigint) as figure_2,
        cast(sum(lost_count) as bigint) as figure_3,
        cast(sum(open_count) as bigint) as figure_4
    from {{ ref('fct_funnel_conversion_by_cohort') }}
    group by slice, object_type, stage_code, month_start
    union all
    select
        'activity' as mart,
        slice,
        object_type,
        stage_code,
        month_start,
        cast(sum(left_count) as bigint) as figure_1,
        cast(sum(advanced_count) as bigint) as figure_2,
        cast(sum(lost_count) as bigint) as figure_3,
        cast(sum(returned_count) as bigint) as figure_4
    from {{ ref('fct_funnel_activity_by_month') }}
    group by slice, object_type, stage_code, month_start
),

slices as (
    -- One row a slice: the marts have one for each value and month.
    select distinct
        mart,
        slice
    from figures
),

expected as (
    select
        slices.slice,
        figures.mart,
        figures.object_type,
        figures.stage_code,
        figures.month_start,
        figures.figure_1,
        figures.figure_2,
        figures.figure_3,
        figures.figure_4
    from figures
    inner join slices on figures.mart = slices.mart
    where figures.slice = 'total'
)

select
    expected.mart,
    expected.slice,
    expected.object_type,
    expected.stage_code,
    expected.month_start,
    expected.figure_1 as total_count,
    figures.figure_1 as summed_count
from expected
full outer join figures
    on
        expected.mart = figures.mart
        and expected.slice = figures.slice
        and expected.object_type = figures.object_type
        and expected.stage_code = figures.stage_code
        and expected.month_start = figures.month_start
where
    expected.figure_1 is distinct from figures.figure_1
    or expected.figure_2 is distinct from figures.figure_2
    or expected.figure_3 is distinct from figures.figure_3
    or expected.figure_4 is distinct from figures.figure_4
