with payees as (
    select
        payee_id,
        payee_type,
        user_id,
        partner_id,
        pay_currency,
        joined_on,
        left_on
    from {{ ref('payees') }}
),

assignments as (
    select
        payee_id,
        plan_code,
        team_code,
        role_code,
        manager_payee_id,
        valid_from,
        valid_to
    from {{ ref('payee_assignments') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- A plan is agreed on before it begins and kept after it ended: only the row of today says where somebody is.
assignments_of_today as (
    select assignments.*
    from assignments
    inner join as_of
        on
            assignments.valid_from <= as_of.as_of_on
            and (assignments.valid_to is null or assignments.valid_to > as_of.as_of_on)
),

dim_payees as (
    select
        payees.payee_id,
        payees.payee_type,
        payees.user_id,
        payees.partner_id,
        payees.pay_currency,
        payees.joined_on,
        payees.left_on,
        assignments_of_today.plan_code,
        assignments_of_today.team_code,
        assignments_of_today.role_code,
        assignments_of_today.manager_payee_id
    from payees
    left join assignments_of_today on payees.payee_id = assignments_of_today.payee_id
)

select * from dim_payees
