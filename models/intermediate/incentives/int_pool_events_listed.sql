with pools as (
    select * from {{ ref('int_pools_valued') }}
),

pool_periods as (
    select
        pool_id,
        period_start
    from {{ ref('payout_pools') }}
),

shares as (
    select
        pool_id,
        payee_id,
        weight
    from {{ ref('payout_pool_shares') }}
),

assignments as (
    select
        payee_id,
        plan_code,
        valid_from,
        valid_to
    from {{ ref('payee_assignments') }}
),

components as (
    select
        plan_code,
        component_code,
        in_force_from,
        in_force_to
    from {{ ref('int_components_in_force') }}
),

weighed as (
    select
        pools.pool_id,
        shares.payee_id,
        shares.weight,
        pools.component_code,
        pools.period_end,
        pools.currency,
        pools.pool_amount,
        pools.minor_unit_digits
    from pools
    inner join shares on pools.pool_id = shares.pool_id
),

shared as (
    {{ largest_remainder(
        'weighed',
        ['pool_id', 'payee_id', 'component_code', 'period_end', 'currency'],
        partition_by=['pool_id'],
        whole='pool_amount',
        weight='weight',
        tie_breaker='payee_id',
        share='amount',
        weight_digits=6,
        minor_unit_digits='minor_unit_digits'
    ) }}
),

held as (
    select
        shared.*,
        greatest(pool_periods.period_start, assignments.valid_from, components.in_force_from) as first_day_on,
        least(
            shared.period_end, {{ days_later('assignments.valid_to', -1) }}, {{ days_later('components.in_force_to', -1) }}
        ) as last_day_on
    from shared
    inner join pool_periods on shared.pool_id = pool_periods.pool_id
    inner join assignments on shared.payee_id = assignments.payee_id
    inner join components
        on
            assignments.plan_code = components.plan_code
            and shared.component_code = components.component_code
),

-- Who changes plans within the period has the share by the last one that has the component.
last_plans as (
    select * from held
    where first_day_on <= last_day_on
    qualify row_number() over (partition by pool_id, payee_id order by last_day_on desc) = 1
),

listed as (
    select
        'pool:' || pool_id || ':' || payee_id as event_key,
        'pool' as event_type,
        period_end as occurred_on,
        last_day_on as credited_on,
        cast(amount as decimal(18, 2)) as amount,
        currency,
        payee_id,
        component_code,
        'compensation' as source_system,
        pool_id || ':' || payee_id as source_id
    from last_plans
    where amount > 0
)

select * from listed
