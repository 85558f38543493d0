with terms as (
    select * from {{ ref('int_contract_terms_judged') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

nps_answers as (
    select * from {{ ref('int_nps_answers_spanned') }}
),

due as (
    select
        terms.*,
        -- Signed early, the renewal is what an answer comes before or after.
        least(terms.due_on, coalesce(terms.renewed_on, terms.due_on)) as decided_on
    from terms
    cross join as_of
    where terms.due_on <= as_of.as_of_on
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
        nps_answers.nps_score,
        nps_answers.nps_group,
        nps_answers.nps_answered_on
    from due
    left join nps_answers
        on
            due.customer_id = nps_answers.customer_id
            and due.decided_on > nps_answers.nps_answered_on
            and (nps_answers.next_answered_on is null or due.decided_on <= nps_answers.next_answered_on)
)

select * from fct_renewals
