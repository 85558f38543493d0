with payees as (
    select
        payee_id,
        -- An employee is known to the sources as a user, a partner company as a partner.
        coalesce(user_id, partner_id) as holder_id,
        joined_on
    from {{ ref('payees') }}
),

-- A person who left and came back is two payees: each stands for the person until the next one begins.
dated as (
    select
        payee_id,
        holder_id,
        case when lag(joined_on) over (partition by holder_id order by joined_on, payee_id) is not null then joined_on end as stands_from,
        lead(joined_on) over (partition by holder_id order by joined_on, payee_id) as stands_to
    from payees
    where holder_id is not null
)

select * from dated
