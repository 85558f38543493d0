{% set window_days = var('mrr_reactivation_window_days') %}

with movements as (
    select * from {{ ref('int_mrr_movements_netted') }}
),

daily_turns as (
    select
        customer_id,
        period_on,
        is_from_zero,
        max(case when is_to_zero then period_on end) over (
            partition by customer_id
            order by period_on
            range between unbounded preceding and current row
        ) as fell_to_zero_on,
        min(case when is_from_zero then period_on end) over (partition by customer_id) as first_mrr_on
    from movements
    where basis = 'daily'
),

-- One row a customer and day: a day on which two currencies start holds the turn twice.
returns as (
    select distinct
        customer_id,
        period_on,
        first_mrr_on,
        case
            when period_on = first_mrr_on then 'new'
            {%- if window_days is not none %}
            when {{ days_between('fell_to_zero_on', 'period_on') }} > {{ window_days }} then 'new'
            {%- endif %}
            else 'reactivation'
        end as movement_type
    from daily_turns
    where is_from_zero
),

-- Seen from month to month, the first return within the month says what the return is.
returns_by_period as (
    select
        'daily' as basis,
        customer_id,
        period_on,
        movement_type,
        period_on = first_mrr_on as is_first_mrr
    from returns
    union all
    select
        'month_end' as basis,
        customer_id,
        {{ month_start('period_on') }} as period_on,
        min_by(movement_type, period_on) as movement_type,
        min(period_on) = min(first_mrr_on) as is_first_mrr
    from returns
    group by customer_id, {{ month_start('period_on') }}
),

typed as (
    select
        movements.basis,
        movements.customer_id,
        movements.currency,
        movements.period_on,
        -- From zero is asked before up: otherwise a return would pass for an expansion, and a fall to zero for a contraction.
        case
            when movements.is_from_zero then returns_by_period.movement_type
            when movements.is_to_zero then 'churn'
            when movements.mrr_amount > 0 then 'expansion'
            when movements.mrr_amount < 0 then 'contraction'
            else 'transfer'
        end as movement_type,
        movements.opening_mrr_amount,
        movements.mrr_amount,
        movements.closing_mrr_amount,
        movements.is_from_zero and returns_by_period.is_first_mrr as is_first_mrr
    from movements
    left join returns_by_period
        on
            movements.basis = returns_by_period.basis
            and movements.customer_id = returns_by_period.customer_id
            and movements.period_on = returns_by_period.period_on
)

select * from typed
