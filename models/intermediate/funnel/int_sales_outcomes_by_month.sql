with opportunities as (
    select * from {{ ref('int_opportunities_sliced') }}
),

months as (
    select
        period_start as month_start,
        is_partial
    from {{ ref('int_pipeline_periods_spanned') }}
    where period_type = 'month'
),

opened as (
    select
        slice,
        slice_value,
        {{ month_start('created_on') }} as month_start,
        count(*) as opened_count,
        sum(case when is_won then 1 else 0 end) as opened_won_count,
        sum(case when is_lost then 1 else 0 end) as opened_lost_count
    from opportunities
    group by slice, slice_value, month_start
),

decided as (
    select
        slice,
        slice_value,
        {{ month_start('decided_on') }} as month_start,
        sum(case when is_won then 1 else 0 end) as won_count,
        sum(case when is_lost then 1 else 0 end) as lost_count,
        sum(case when is_won then reporting_amount else 0 end) as won_amount,
        sum(case when is_lost then reporting_amount else 0 end) as lost_amount,
        count(cycle_days) as cycle_count,
        sum(coalesce(cycle_days, 0)) as cycle_days
    from opportunities
    where is_won or is_lost
    group by slice, slice_value, month_start
),

-- A month in which a slice opened and decided nothing is a month of it too, up to today.
first_seen as (
    select
        slice,
        slice_value,
        min(month_start) as first_month_start
    from (
        select
            slice,
            slice_value,
            month_start
        from opened
        union all
        select
            slice,
            slice_value,
            month_start
        from decided
    ) as seen
    group by slice, slice_value
),

outcomes as (
    select
        first_seen.slice,
        first_seen.slice_value,
        months.month_start,
        {% for name in ['opened', 'opened_won', 'opened_lost'] -%}
        cast(coalesce(opened.{{ name }}_count, 0) as int) as {{ name }}_count,
        {% endfor -%}
        {% for name in ['won', 'lost', 'cycle'] -%}
        cast(coalesce(decided.{{ name }}_count, 0) as int) as {{ name }}_count,
        {% endfor -%}
        cast(coalesce(decided.cycle_days, 0) as bigint) as cycle_days,
        {% for name in ['won', 'lost'] -%}
        cast(coalesce(decided.{{ name }}_amount, 0) as decimal(18, 2)) as {{ name }}_amount,
        {% endfor -%}
        months.is_partial
    from first_seen
    inner join months on first_seen.first_month_start <= months.month_start
    left join opened
        on
            first_seen.slice = opened.slice
            and first_seen.slice_value = opened.slice_value
            and months.month_start = opened.month_start
    left join decided
        on
            first_seen.slice = decided.slice
            and first_seen.slice_value = decided.slice_value
            and months.month_start = decided.month_start
)

select * from outcomes
