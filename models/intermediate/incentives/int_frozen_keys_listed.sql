with posted as (
    select * from {{ ref('int_postings_summed') }}
),

blocked as (
    select basis_key from {{ ref('int_events_blocked') }}
),

cutoff as (
    select first_period_start from {{ ref('cutoff') }}
),

-- What the opening took as posted is paid elsewhere, a settled draw stays as it was settled, and what is no longer valid as it was posted.
frozen as (
    select
        posted.payee_id,
        posted.component_code,
        posted.basis_key,
        posted.part,
        posted.earning_period_start,
        posted.currency,
        posted.line_id,
        posted.posted_amount,
        case
            when posted.earning_period_start < cutoff.first_period_start then 'opening'
            when posted.part in ('advance', 'recovery') then 'draw'
            else 'blocked'
        end as frozen_because
    from posted
    cross join cutoff
    left join blocked on posted.basis_key = blocked.basis_key
    where
        posted.earning_period_start < cutoff.first_period_start
        or posted.part in ('advance', 'recovery')
        or (blocked.basis_key is not null and posted.posted_amount <> 0)
)

select * from frozen
