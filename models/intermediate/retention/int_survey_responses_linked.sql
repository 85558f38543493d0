with responses as (
    select
        survey_response_id,
        survey_id,
        survey_name,
        question_id,
        survey_type,
        scale_min,
        scale_max,
        satisfied_from,
        score,
        comment,
        respondent_email,
        customer_reference,
        responded_at,
        responded_on
    from {{ ref('input_survey_responses') }}
),

linked_customers as (
    select
        billing_customer_id,
        customer_id,
        lower(trim(email)) as email
    from {{ ref('int_customers_linked') }}
),

customers as (
    select customer_id from {{ ref('int_customers_described') }}
),

-- Two billing customers may share one e-mail address: the answer counts once, for the smallest customer id.
email_customers as (
    select
        email,
        min(customer_id) as customer_id
    from linked_customers
    where email <> ''
    group by email
),

placed as (
    select
        responses.survey_response_id,
        responses.survey_id,
        responses.survey_name,
        responses.question_id,
        coalesce(
            linked_customers.customer_id, customers.customer_id, email_customers.customer_id, 'unknown'
        ) as customer_id,
        responses.survey_type,
        responses.score,
        responses.scale_min,
        responses.scale_max,
        responses.satisfied_from,
        coalesce(responses.score between responses.scale_min and responses.scale_max, false) as is_scored,
        responses.comment,
        responses.responded_at,
        responses.responded_on,
        {{ month_start('responses.responded_on') }} as month_start
    from responses
    left join linked_customers
        on responses.customer_reference = linked_customers.billing_customer_id
    left join customers
        on responses.customer_reference = customers.customer_id
    left join email_customers
        on responses.respondent_email = email_customers.email
),

measured as (
    select
        survey_response_id,
        survey_id,
        survey_name,
        question_id,
        customer_id,
        survey_type,
        score,
        scale_min,
        scale_max,
        is_scored,
        -- 9 and 6 are what the measure is defined by: with other bounds it would not be an NPS.
        case
            when survey_type <> 'nps' or not is_scored then null
            when score >= 9 then 'promoter'
            when score <= 6 then 'detractor'
            else 'passive'
        end as nps_group,
        case when is_scored then score >= satisfied_from end as is_satisfied,
        comment,
        responded_at,
        responded_on,
        month_start
    from placed
)

select * from measured
