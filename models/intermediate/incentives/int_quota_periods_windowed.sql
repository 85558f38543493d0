{#- A window's shares of periods of different lengths are summed over one denominator: every length divides these. -#}
{%- set common_days = {'month': 28 * 29 * 30 * 31, 'quarter': 89 * 90 * 91 * 92} -%}
{%- set months = "case {} when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end" -%}

with quotas as (
    select
        payee_id,
        measure,
        period_type,
        period_start,
        {{ days_later(fiscal_period_end('period_start', 'period_type'), 1) }} as period_until,
        {{ months.format('period_type') }} as period_months,
        amount,
        currency
    from {{ ref('quotas') }}
),

measured_windows as (
    -- Components and their versions share a measure: each length of window counts once.
    select distinct
        measure,
        window_type,
        {{ months.format('window_type') }} as window_months
    from {{ ref('plan_components') }}
),

periods_in_windows as (
    select
        quotas.*,
        measured_windows.window_type,
        {{ fiscal_period_start('quotas.period_start', 'measured_windows.window_type') }} as window_start,
        {{ fiscal_period_end('quotas.period_start', 'measured_windows.window_type') }} as window_end,
        {{ days_between('quotas.period_start', 'quotas.period_until') }} as period_days
    from quotas
    inner join measured_windows
        on
            quotas.measure = measured_windows.measure
            and quotas.period_months <= measured_windows.window_months
),

longest_periods as (
    select
        payee_id,
        measure,
        window_type,
        window_start,
        window_end,
        period_type,
        period_start,
        period_until,
        period_days,
        case
            when period_type = window_type then period_days
            when period_type = 'month' then {{ common_days.month }}
            else {{ common_days.quarter }}
        end as common_days,
        amount,
        currency
    from periods_in_windows
    -- A window's own row counts before those of its quarters, these before those of its months.
    qualify rank() over (partition by payee_id, measure, window_type, window_start order by period_months desc) = 1
)

select * from longest_periods
