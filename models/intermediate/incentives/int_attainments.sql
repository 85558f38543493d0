with credits as (
    select * from {{ ref('int_line_credits_counted') }}
),

adjustments as (
    select * from {{ ref('int_adjustments_counted') }}
),

quotas as (
    select * from {{ ref('int_quotas_by_window') }}
),

-- Components of one measure may share a kind of window.
window_types as (
    select distinct
        payee_id,
        measure,
        window_type
    from {{ ref('int_lines_based') }}
),

listed as (
    select
        payee_id,
        measure,
        event_key,
        occurred_on,
        credit_amount,
        coalesce(unit_count, 0) as unit_count,
        score,
        1 as event_count
    from credits
    union all
    select
        payee_id,
        measure,
        basis_key as event_key,
        effective_on as occurred_on,
        plan_credit_amount as credit_amount,
        0 as unit_count,
        cast(null as decimal(18, 6)) as score,
        0 as event_count
    from adjustments
),

-- What counts towards a measure counts in all of its windows, whichever component credits it.
counted as (
    select
        listed.*,
        window_types.window_type,
        {{ fiscal_period_start('listed.occurred_on', 'window_types.window_type') }} as window_start
    from listed
    inner join window_types
        on
            listed.payee_id = window_types.payee_id
            and listed.measure = window_types.measure
),

running as (
    select
        *,
        cast(sum(event_count) over window_so_far as bigint) as event_number,
        sum(credit_amount) over window_so_far as credit_to_date,
        sum(unit_count) over window_so_far as units_to_date,
        sum(credit_amount) over whole_window as credit_total,
        sum(unit_count) over whole_window as unit_total,
        sum(score) over whole_window as score_total,
        count(score) over whole_window as score_count
    from counted
    window
        window_so_far as (
            partition by payee_id, measure, window_type, window_start
            order by occurred_on, event_key
            rows unbounded preceding
        ),
        whole_window as (partition by payee_id, measure, window_type, window_start)
),

with_quotas as (
    select
        running.payee_id,
        running.measure,
        running.window_type,
        running.window_start,
        running.event_key,
        running.occurred_on,
        running.event_number,
        running.credit_amount,
        cast(running.credit_to_date - running.credit_amount as decimal(18, 2)) as credit_before,
        cast(running.credit_to_date as decimal(18, 2)) as credit_to_date,
        cast(running.credit_total as decimal(18, 2)) as credit_total,
        cast(running.units_to_date - running.unit_count as decimal(18, 6)) as units_before,
        cast(running.units_to_date as decimal(18, 6)) as units_to_date,
        cast(running.unit_total as decimal(18, 6)) as unit_total,
        cast(running.score_total as decimal(18, 6)) as score_total,
        running.score_count,
        quotas.quota_amount,
        quotas.guaranteed_attainment,
        {{ prorated('running.credit_to_date - running.credit_amount', '1', 'quotas.quota_amount', 6) }} as attainment_before,
        {{ prorated('running.credit_to_date', '1', 'quotas.quota_amount', 6) }} as attainment_after
    from running
    left join quotas
        on
            running.payee_id = quotas.payee_id
            and running.measure = quotas.measure
            and running.window_type = quotas.window_type
            and running.window_start = quotas.window_start
)

select * from with_quotas
