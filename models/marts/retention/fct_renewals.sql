with terms as (
    select * from {{ ref('int_contract_terms_judged') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
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
    -- Contracts that nobody can place and answers that nobody can place have no customer in common.
    where nps_group is not null and customer_id <> 'unknown'
),

due as (
    select terms.*
    from terms
    cross join as_of
    where terms.due_on <= as_of.as_of_on
),

-- Of several answers the latest before the renewal counts, of one moment the one with the largest id.
latest_answers as (
    select
        due.contract_id,
        nps_answers.score,
        nps_answers.nps_group,
        nps_answers.responded_on
    from due
    inner join nps_answers
        on
            due.customer_id = nps_answers.customer_id
            and due.due_on > nps_answers.responded_on
    qualify row_number() over (
        partition by due.contract_id
        order by nps_answers.responded_at desc, nps_answers.survey_response_id desc
    ) = 1
),

fct_renewals as (
    select
        due.contract_id,
        due.successor_contract_id,
        due.customer_id,
        due.due_on,
        due.due_month_start,
        due.outcome,
        due.renewal_method,
        case
            when due.days_late > 0 then 'late'
            when due.days_late = 0 then 'on_time'
        end as renewal_timing,
        due.renewed_on,
        cast(due.days_late as int) as days_late,
        due.is_auto_renewal,
        due.is_terminated,
        due.currency,
        due.acv_amount as acv_before_amount,
        due.after_currency,
        cast(due.acv_after_amount as decimal(18, 2)) as acv_after_amount,
        due.reporting_acv_amount as reporting_acv_before_amount,
        cast(due.reporting_acv_after_amount as decimal(18, 2)) as reporting_acv_after_amount,
        latest_answers.score as nps_score,
        latest_answers.nps_group,
        latest_answers.responded_on as nps_answered_on
    from due
    left join latest_answers on due.contract_id = latest_answers.contract_id
)

select * from fct_renewals
