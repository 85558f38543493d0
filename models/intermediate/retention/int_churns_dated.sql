with movements as (
    select
        customer_id,
        currency,
        period_on as occurred_on,
        movement_type,
        mrr_amount
    from {{ ref('int_mrr_movements_typed') }}
    where basis = 'daily'
),

cohorted as (
    select
        customer_id,
        first_mrr_on
    from {{ ref('int_customers_cohorted') }}
),

converted as (
    select
        customer_id,
        currency,
        period_on as occurred_on,
        cast(sum(reporting_mrr_amount) as decimal(18, 2)) as reporting_mrr_amount
    from {{ ref('int_mrr_movements_converted') }}
    where basis = 'daily' and movement_type = 'churn'
    group by customer_id, currency, period_on
),

churns as (
    select * from movements
    where movement_type = 'churn'
),

-- Back is back, also where a late return counts as new.
returns as (
    select
        churns.customer_id,
        churns.currency,
        churns.occurred_on,
        min(movements.occurred_on) as returned_on
    from churns
    inner join movements
        on
            churns.customer_id = movements.customer_id
            and churns.occurred_on < movements.occurred_on
    where movements.movement_type in ('reactivation', 'new')
    group by churns.customer_id, churns.currency, churns.occurred_on
),

dated as (
    select
        churns.customer_id,
        churns.currency,
        churns.occurred_on,
        cast(-churns.mrr_amount as decimal(18, 2)) as lost_mrr_amount,
        cast(-converted.reporting_mrr_amount as decimal(18, 2)) as reporting_lost_mrr_amount,
        cohorted.first_mrr_on,
        cast({{ whole_months_between('cohorted.first_mrr_on', 'churns.occurred_on') }} as int) as tenure_months,
        returns.returned_on
    from churns
    left join converted
        on
            churns.customer_id = converted.customer_id
            and churns.currency = converted.currency
            and churns.occurred_on = converted.occurred_on
    left join cohorted on churns.customer_id = cohorted.customer_id
    left join returns
        on
            churns.customer_id = returns.customer_id
            and churns.currency = returns.currency
            and churns.occurred_on = returns.occurred_on
)

select * from dated
