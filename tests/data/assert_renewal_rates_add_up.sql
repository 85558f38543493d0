-- Every slice of the renewal rates shows every term that fell due, with its value.
{% set slices = ['total', 'segment', 'country', 'owner', 'nps_group'] %}
{% set measures = [
    'due_count', 'decided_count', 'renewed_count', 'late_count', 'lapsed_count', 'due_amount', 'renewed_amount', 'after_amount',
] %}

with renewals as (
    select
        due_month_start as month_start,
        count(*) as due_count,
        count(reporting_acv_after_amount) as decided_count,
        count(renewal_method) as renewed_count,
        count(case when renewed_on > due_on then 1 end) as late_count,
        count(case when outcome = 'lapsed' then 1 end) as lapsed_count,
        coalesce(sum(reporting_acv_before_amount) filter (where reporting_acv_after_amount is not null), 0) as due_amount,
        coalesce(
            sum(reporting_acv_after_amount - greatest(reporting_acv_after_amount - reporting_acv_before_amount, 0)), 0
        ) as renewed_amount,
        coalesce(sum(reporting_acv_after_amount), 0) as after_amount
    from {{ ref('fct_renewals') }}
    group by due_month_start
),

expected as (
    {% for slice in slices -%}
    select
        '{{ slice }}' as slice,
        renewals.*
    from renewals
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        slice,
        month_start,
        sum(due_count) as due_count,
        sum(decided_count) as decided_count,
        sum(renewed_count) as renewed_count,
        sum(late_count) as late_count,
        sum(lapsed_count) as lapsed_count,
        sum(reporting_acv_due_amount) as due_amount,
        sum(reporting_acv_renewed_amount) as renewed_amount,
        sum(reporting_acv_after_amount) as after_amount
    from {{ ref('fct_renewal_rates_by_month') }}
    group by slice, month_start
)

select
    coalesce(expected.slice, summed.slice) as slice,
    coalesce(expected.month_start, summed.month_start) as month_start,
    expected.due_count as expected_due_count,
    summed.due_count as summed_due_count,
    expected.after_amount as expected_after_amount,
    summed.after_amount as summed_after_amount
from expected
full outer join summed
    on
        expected.slice = summed.slice
        and expected.month_start = summed.month_start
where
    expected.slice is null
    or summed.slice is null
    {% for measure in measures %}
    or expected.{{ measure }} <> summed.{{ measure }}
    {% endfor %}
