{% set gains = ['created', 'reopened', 'pulled_in', 'increased', 'owner_in'] %}
{% set losses = ['won', 'lost', 'deleted', 'decreased', 'slipped', 'owner_out'] %}

with moves as (
    select * from {{ ref('int_pipeline_moves_sliced') }}
),

periods as (
    select
        period_type,
        period_start,
        is_partial
    from {{ ref('int_pipeline_periods_spanned') }}
),

-- A period in which a slice stood still, or stood at zero, is a period of its bridge too.
slice_periods as (
    select
        first_seen.period_type,
        first_seen.horizon,
        first_seen.slice,
        first_seen.slice_value,
        periods.period_start,
        periods.is_partial
    from (
        select
            period_type,
            horizon,
            slice,
            slice_value,
            min(period_start) as first_period_start
        from moves
        group by period_type, horizon, slice, slice_value
    ) as first_seen
    inner join periods
        on first_seen.period_type = periods.period_type and first_seen.first_period_start <= periods.period_start
),

summed as (
    select
        period_type,
        horizon,
        slice,
        slice_value,
        period_start,
        sum(opening_amount) as opening_amount,
        {% for bucket in gains -%}
        sum(case when bucket = '{{ bucket }}' then closing_amount - opening_amount else 0 end) as {{ bucket }}_amount,
        {% endfor -%}
        {% for bucket in losses -%}
        sum(case when bucket = '{{ bucket }}' then opening_amount - closing_amount else 0 end) as {{ bucket }}_amount,
        {% endfor -%}
        sum(closing_amount) as closing_amount,
        sum(opening_count) as opening_count,
        sum(closing_count) as closing_count,
        sum(case when bucket = 'passed_through' then opportunity_count else 0 end) as passed_through_count
    from moves
    group by period_type, horizon, slice, slice_value, period_start
),

bridges as (
    select
        slice_periods.period_type,
        slice_periods.horizon,
        slice_periods.slice,
        slice_periods.slice_value,
        slice_periods.period_start,
        {% for name in ['opening'] + gains + losses + ['closing'] -%}
        cast(coalesce(summed.{{ name }}_amount, 0) as decimal(18, 2)) as {{ name }}_amount,
        {% endfor -%}
        {% for name in ['opening', 'closing', 'passed_through'] -%}
        cast(coalesce(summed.{{ name }}_count, 0) as int) as {{ name }}_count,
        {% endfor -%}
        slice_periods.is_partial
    from slice_periods
    left join summed
        on
            slice_periods.period_type = summed.period_type
            and slice_periods.horizon = summed.horizon
            and slice_periods.slice = summed.slice
            and slice_periods.slice_value = summed.slice_value
            and slice_periods.period_start = summed.period_start
)

select * from bridges
