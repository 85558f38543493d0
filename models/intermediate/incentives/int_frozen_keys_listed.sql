with posted as (
    select * from {{ ref('int_postings_summed') }}
),

cutoff as (
    select first_period_start from {{ ref('cutoff') }}
),

-- What the opening took as posted is paid elsewhere, and a settled draw stays as it was settled.
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
        case when posted.earning_period_start < cutoff.first_period_start then 'opening' else 'draw' end as frozen_because
    from posted
    cross join cutoff
    where posted.earning_period_start < cutoff.first_period_start or posted.part in ('advance', 'recovery')
)

select * from frozen
