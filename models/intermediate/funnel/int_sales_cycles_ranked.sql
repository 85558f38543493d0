{# Nearest rank: the shortest cycle that so many percent of the deals do not exceed. Whole days, on every engine. #}
{% set ranks_in_hundredths = {'median': '50 * cycle_count', 'p90': '90 * cycle_count'} %}

with opportunities as (
    select
        slice,
        slice_value,
        opportunity_id,
        cycle_days,
        {{ month_start('decided_on') }} as decided_month_start
    from {{ ref('int_opportunities_sliced') }}
    where is_won
),

months as (
    select period_start as month_start
    from {{ ref('int_pipeline_periods_spanned') }}
    where period_type = 'month'
),

-- A deal counts in the month in which it was won and in those that look back to it.
windowed as (
    select
        opportunities.slice,
        opportunities.slice_value,
        months.month_start,
        opportunities.cycle_days,
        row_number() over (
            partition by opportunities.slice, opportunities.slice_value, months.month_start, opportunities.cycle_days is null
            order by opportunities.cycle_days, opportunities.opportunity_id
        ) as place,
        count(opportunities.cycle_days) over (
            partition by opportunities.slice, opportunities.slice_value, months.month_start
        ) as cycle_count
    from opportunities
    inner join months
        on
            opportunities.decided_month_start <= months.month_start
            and months.month_start < {{ months_later('opportunities.decided_month_start', var('sales_trailing_months')) }}
),

measured as (
    select
        slice,
        slice_value,
        month_start,
        cast(count(*) - count(cycle_days) as int) as untimed_count,
        cast(sum(coalesce(cycle_days, 0)) as bigint) as cycle_days,
        {% for name, hundredths in ranks_in_hundredths.items() -%}
        {% set rank = integer_quotient(hundredths ~ ' + 99', 100) -%}
        cast(
            max(case when cycle_days is not null and place = {{ rank }} then cycle_days end) as int
        ) as {{ name }}_cycle_days,
        {% endfor -%}
        cast(max(cycle_count) as int) as cycle_count
    from windowed
    group by slice, slice_value, month_start
)

select * from measured
