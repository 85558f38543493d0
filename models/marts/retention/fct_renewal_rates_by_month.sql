{% set slices = {
    'total': "'all'",
    'segment': 'segment',
    'country': 'country_code',
    'owner': 'owner_user_id',
    'nps_group': 'nps_group',
} %}

with renewals as (
    select * from {{ ref('fct_renewals') }}
),

customers as (
    select
        customer_id,
        segment,
        country_code,
        owner_user_id
    from {{ ref('int_customers_described') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

described as (
    select
        renewals.due_month_start as month_start,
        renewals.outcome,
        renewals.renewal_timing,
        renewals.reporting_acv_before_amount,
        renewals.reporting_acv_after_amount,
        customers.segment,
        customers.country_code,
        customers.owner_user_id,
        coalesce(renewals.nps_group, 'none') as nps_group
    from renewals
    left join customers on renewals.customer_id = customers.customer_id
),

sliced as (
    {% for slice, value in slices.items() -%}
    select
        '{{ slice }}' as slice,
        {{ value }} as slice_value,
        month_start,
        outcome,
        renewal_timing,
        reporting_acv_before_amount,
        reporting_acv_after_amount
    from described
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        slice,
        slice_value,
        month_start,
        count(*) as due_count,
        count(case when outcome <> 'pending' then 1 end) as decided_count,
        count(case when outcome in ('renewed', 'expanded', 'contracted') then 1 end) as renewed_count,
        count(case when renewal_timing = 'late' then 1 end) as late_count,
        count(case when outcome = 'lapsed' then 1 end) as lapsed_count,
        count(case when outcome = 'pending' then 1 end) as pending_count,
        sum(case when outcome <> 'pending' then reporting_acv_before_amount else 0 end) as due_amount,
        -- What comes on top of the old price is growth, not renewal.
        sum(case when outcome <> 'pending' then least(reporting_acv_before_amount, reporting_acv_after_amount) else 0 end)
            as renewed_amount,
        sum(case when outcome <> 'pending' then reporting_acv_after_amount else 0 end) as after_amount
    from sliced
    group by slice, slice_value, month_start
),

fct_renewal_rates_by_month as (
    select
        counted.slice,
        counted.slice_value,
        counted.month_start,
        counted.due_count,
        counted.decided_count,
        counted.renewed_count,
        counted.late_count,
        counted.lapsed_count,
        counted.pending_count,
        cast(counted.due_amount as decimal(18, 2)) as reporting_acv_due_amount,
        cast(counted.renewed_amount as decimal(18, 2)) as reporting_acv_renewed_amount,
        cast(counted.after_amount as decimal(18, 2)) as reporting_acv_after_amount,
        {{ prorated('counted.renewed_count', '1', 'counted.decided_count', 6) }} as renewal_rate_by_count,
        {{ prorated('counted.renewed_amount', '1', 'counted.due_amount', 6) }} as renewal_rate_by_amount,
        {{ prorated('counted.after_amount', '1', 'counted.due_amount', 6) }} as net_renewal_rate_by_amount,
        last_day(counted.month_start) > as_of.as_of_on as is_partial
    from counted
    cross join as_of
)

select * from fct_renewal_rates_by_month
