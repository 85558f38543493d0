with managers as (
    select
        payee_id,
        manager_payee_id,
        level_number,
        valid_from,
        valid_to
    from {{ ref('int_managers_traced') }}
    where level_number > 0
),

payees as (
    select
        payee_id,
        user_id
    from {{ ref('payees') }}
    where user_id is not null
),

managed as (
    select
        payees.user_id,
        manager_payees.user_id as manager_user_id,
        managers.level_number,
        managers.valid_from,
        managers.valid_to
    from managers
    inner join payees on managers.payee_id = payees.payee_id
    inner join payees as manager_payees on managers.manager_payee_id = manager_payees.payee_id
)

select * from managed
