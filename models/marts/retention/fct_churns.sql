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
    select
        survey_response_id,
        customer_id,
        score,
        nps_group,
        responded_at,
        responded_on
    from {{ ref('fct_survey_responses') }}
    -- Money that nobody can place and answers that nobody can place have no customer in common.
    where nps_group is not null and customer_id <> 'unknown'
),

-- Of several answers the latest before the churn counts, of one moment the one with the largest id.
latest_answers as (
    select
        movements.movement_key,
        nps_answers.score,
        nps_answers.nps_group,
        nps_answers.responded_on
    from movements
    inner join nps_answers
        on
            movements.customer_id = nps_answers.customer_id
            and movements.occurred_on > nps_answers.responded_on
    qualify row_number() over (
        partition by movements.movement_key
        order by nps_answers.responded_at desc, nps_answers.survey_response_id desc
    ) = 1
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
        latest_answers.score as nps_score,
        latest_answers.nps_group,
        latest_answers.responded_on as nps_answered_on,
        churns.returned_on is not null as is_returned,
        churns.returned_on
    from movements
    inner join churns
        on
            movements.customer_id = churns.customer_id
            and movements.currency = churns.currency
            and movements.occurred_on = churns.occurred_on
    left join latest_answers on movements.movement_key = latest_answers.movement_key
)

select * from fct_churns
