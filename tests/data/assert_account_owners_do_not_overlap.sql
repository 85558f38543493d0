-- Of two owners on one day nobody could say whose the credit is; in any other role a person is there once.
with held as (
    select
        account_id,
        role_code,
        case when role_code <> 'owner' then user_id end as member_user_id,
        user_id,
        valid_from,
        valid_to
    from {{ ref('input_account_owners') }}
),

followed as (
    select
        *,
        lead(user_id) over (partition by account_id, role_code, member_user_id order by valid_from) as next_user_id,
        lead(valid_from) over (partition by account_id, role_code, member_user_id order by valid_from) as next_valid_from
    from held
)

select
    account_id,
    role_code,
    user_id,
    valid_to,
    next_user_id,
    next_valid_from
from followed
where next_valid_from is not null and (valid_to is null or next_valid_from < valid_to)
