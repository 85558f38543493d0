with movements as (
    select
        movement_key,
        customer_id,
        currency,
        occurred_on
    from {{ ref('fct_mrr_movements') }}
    where movement_type = 'churn'
),

churns as (
    select * from {{ ref('int_churns_explained') }}
),

nps_answers as (
    select * from {{ ref('int_nps_answers_spanned') }}
),

fct_churns as (
    select
        movements.movement_key,
        movements.customer_id,
        movements.currency,
        movements.occurred_on,
        {{ month_start('movements.occurred_on') }} as month_start,
        churns.lost_mrr_amount,
        churns.reporting_lost_mrr_amount,
        churns.first_mrr_on,
        churns.tenure_months,
        churns.churn_kind,
        churns.churn_reason,
        nps_answers.nps_score,
        nps_answers.nps_group,
        nps_answers.nps_answered_on,
        churns.returned_on is not null as is_returned,
        churns.returned_on
    from movements
    inner join churns
        on
            movements.customer_id = churns.customer_id
            and movements.currency = churns.currency
            and movements.occurred_on = churns.occurred_on
    left join nps_answers
        on
            movements.customer_id = nps_answers.customer_id
            and movements.occurred_on > nps_answers.nps_answered_on
            and (nps_answers.next_answered_on is null or movements.occurred_on <= nps_answers.next_answered_on)
)

select * from fct_churns
