{% set movement_types = ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'transfer'] %}

with measured as (
    select * from {{ ref('int_mrr_bridge_cells_sliced') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

months as (
    select
        month_start,
        month_end
    from {{ ref('int_days_spanned') }}
    where day_on = month_start
),

-- A month in which a slice stood still, or stood at zero, is a month of its bridge too.
slice_months as (
    select
        first_seen.basis,
        first_seen.conversion,
        first_seen.currency,
        first_seen.slice,
        first_seen.slice_value,
        months.month_start,
        months.month_end > as_of.as_of_on as is_partial
    from (
        select
            basis,
            conversion,
            currency,
            slice,
            slice_value,
            min(month_start) as first_month_start
        from measured
        group by basis, conversion, currency, slice, slice_value
    ) as first_seen
    cross join as_of
    inner join months on first_seen.first_month_start <= months.month_start and as_of.as_of_on >= months.month_start
),

summed as (
    select
        basis,
        conversion,
        currency,
        slice,
        slice_value,
        month_start,
        {% for measure in ['opening'] + movement_types %}
        sum(case when measure = '{{ measure }}' then mrr_amount else 0 end) as {{ measure }}_mrr_amount,
        {% endfor %}
        sum(case when measure = 'closing' then mrr_amount else 0 end) as closing_mrr_amount,
        sum(case when measure in ('opening', 'closing') then 0 else mrr_amount end) as moved_mrr_amount
    from measured
    group by basis, conversion, currency, slice, slice_value, month_start
),

fct_mrr_bridge_by_month as (
    select
        slice_months.basis,
        slice_months.conversion,
        slice_months.currency,
        slice_months.slice,
        slice_months.slice_value,
        slice_months.month_start,
        {% for measure in ['opening'] + movement_types %}
        cast(coalesce(summed.{{ measure }}_mrr_amount, 0) as decimal(18, 2)) as {{ measure }}_mrr_amount,
        {% endfor %}
        -- The balancing line: what the change of exchange rates did to MRR that nobody touched.
        cast(
            coalesce(
                summed.closing_mrr_amount - summed.opening_mrr_amount - summed.moved_mrr_amount, 0
            ) as decimal(18, 2)
        ) as fx_mrr_amount,
        cast(coalesce(summed.closing_mrr_amount, 0) as decimal(18, 2)) as closing_mrr_amount,
        slice_months.is_partial,
        slice_months.is_partial and slice_months.conversion = 'reporting' as is_rate_provisional
    from slice_months
    left join summed
        on
            slice_months.basis = summed.basis
            and slice_months.conversion = summed.conversion
            and slice_months.currency = summed.currency
            and slice_months.slice = summed.slice
            and slice_months.slice_value = summed.slice_value
            and slice_months.month_start = summed.month_start
)

select * from fct_mrr_bridge_by_month
