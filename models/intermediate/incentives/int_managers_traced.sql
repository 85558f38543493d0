with recursive assignments as (
    select
        payee_id,
        manager_payee_id,
        valid_from,
        valid_to
    from {{ ref('payee_assignments') }}
    where manager_payee_id is not null
),

-- From manager to manager, on the days on which every step of the way holds. Nobody is met twice, so a circle ends.
traced as (
    select
        payee_id,
        manager_payee_id,
        1 as level_number,
        valid_from,
        valid_to,
        '|' || payee_id || '|' || manager_payee_id || '|' as way
    from assignments
    where payee_id <> manager_payee_id
    union all
    select
        traced.payee_id,
        assignments.manager_payee_id,
        traced.level_number + 1 as level_number,
        greatest(traced.valid_from, assignments.valid_from) as valid_from,
        case
            when traced.valid_to is null then assignments.valid_to
            when assignments.valid_to is null then traced.valid_to
            else least(traced.valid_to, assignments.valid_to)
        end as valid_to,
        traced.way || assignments.manager_payee_id || '|' as way
    from traced
    inner join assignments
        on
            traced.manager_payee_id = assignments.payee_id
            and (assignments.valid_to is null or traced.valid_from < assignments.valid_to)
            and (traced.valid_to is null or traced.valid_to > assignments.valid_from)
    where instr(traced.way, '|' || assignments.manager_payee_id || '|') = 0
),

-- Whoever has a report that day is a manager, of credits of their own as well: level 0.
with_own as (
    select
        payee_id,
        manager_payee_id,
        level_number,
        valid_from,
        valid_to
    from traced
    union all
    select
        manager_payee_id as payee_id,
        manager_payee_id,
        0 as level_number,
        valid_from,
        case when count(valid_to) = count(*) then max(valid_to) end as valid_to
    from traced
    where level_number = 1
    group by manager_payee_id, valid_from
)

select * from with_own
