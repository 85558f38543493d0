with terms as (
    select * from {{ ref('int_contract_terms_judged') }}
),

as_of as (
    select
        as_of_on,
        {{ days_later('as_of_on', var('renewal_risk_days')) }} as horizon_on
    from {{ ref('as_of') }}
),

customers as (
    select
        customer_id,
        segment,
        owner_user_id
    from {{ ref('int_customers_described') }}
),

health as (
    select * from {{ ref('fct_customer_health_by_quarter') }}
),

nps_answers as (
    select * from {{ ref('int_nps_answers_spanned') }}
),

-- A customer has one row a quarter: the newest tells how it is.
latest_health as (
    select * from health
    qualify row_number() over (partition by customer_id order by quarter_start desc) = 1
),

open_terms as (
    select
        terms.contract_id,
        terms.customer_id,
        terms.outcome as renewal_status,
        terms.is_auto_renewal,
        terms.due_on,
        {{ days_between('as_of.as_of_on', 'terms.due_on') }} as days_to_due,
        terms.currency,
        terms.acv_amount,
        terms.reporting_acv_amount,
        {{ prorated('terms.reporting_acv_amount', '1', '12') }} as mrr_at_risk_amount
    from terms
    cross join as_of
    where
        terms.outcome = 'pending'
        or (terms.outcome = 'upcoming' and terms.due_on <= as_of.horizon_on)
),

fct_renewals_at_risk as (
    select
        open_terms.contract_id,
        open_terms.customer_id,
        customers.segment,
        customers.owner_user_id,
        open_terms.renewal_status,
        open_terms.is_auto_renewal,
        open_terms.due_on,
        cast(open_terms.days_to_due as int) as days_to_due,
        cast(row_number() over (
            order by open_terms.mrr_at_risk_amount desc nulls last, open_terms.contract_id asc
        ) as int) as risk_rank,
        open_terms.mrr_at_risk_amount,
        open_terms.currency,
        open_terms.acv_amount,
        open_terms.reporting_acv_amount,
        latest_health.quarter_start as health_quarter_start,
        latest_health.health_score,
        latest_health.is_at_risk as is_customer_at_risk,
        latest_health.at_risk_reason,
        nps_answers.nps_score,
        nps_answers.nps_group,
        nps_answers.nps_answered_on
    from open_terms
    left join customers on open_terms.customer_id = customers.customer_id
    left join latest_health on open_terms.customer_id = latest_health.customer_id
    left join nps_answers
        on
            open_terms.customer_id = nps_answers.customer_id
            and nps_answers.next_answered_on is null
)

select * from fct_renewals_at_risk
