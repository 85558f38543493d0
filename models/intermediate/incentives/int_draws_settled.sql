with draws as (
    select * from {{ ref('int_draws_based') }}
),

draw_components as (
    select
        draw_id,
        component_code
    from {{ ref('draw_components') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

-- Draws of one payee that cover a component in common look at the same postings.
related as (
    select distinct
        draws.draw_id,
        other_draws.draw_id as other_draw_id
    from draws
    inner join draws as other_draws on draws.payee_id = other_draws.payee_id and draws.draw_id <> other_draws.draw_id
    inner join draw_components on draws.draw_id = draw_components.draw_id
    inner join draw_components as other_components
        on
            other_draws.draw_id = other_components.draw_id
            and draw_components.component_code = other_components.component_code
),

-- What any of them guarantees is not taken back by another, and they are paid back one after the other, the oldest first.
related_amounts as (
    select
        related.draw_id,
        sum(other_draws.draw_amount) as other_draw_amount,
        max(case
            when other_draws.balance_amount <= 0 then 0
            when other_draws.valid_from < draws.valid_from then 1
            when other_draws.valid_from = draws.valid_from and other_draws.draw_id < draws.draw_id then 1
            else 0
        end) as older_balance_count
    from related
    inner join draws on related.draw_id = draws.draw_id
    inner join draws as other_draws on related.other_draw_id = other_draws.draw_id
    group by related.draw_id
),

exceeding as (
    select
        draws.*,
        currencies.minor_unit_digits,
        greatest(draws.draw_amount - greatest(draws.base_amount, 0), 0) as advance_amount,
        case
            when coalesce(related_amounts.older_balance_count, 0) = 0
                then greatest(draws.base_amount - draws.draw_amount - coalesce(related_amounts.other_draw_amount, 0), 0)
            else 0
        end as exceeding_amount
    from draws
    inner join currencies on draws.currency = currencies.currency_code
    left join related_amounts on draws.draw_id = related_amounts.draw_id
),

settled as (
    select
        *,
        -- Nothing stands open of a draw that need not be paid back.
        least(
            balance_amount,
            coalesce(
                {{ money_share('exceeding_amount', times=[['recovery_rate', 6]], minor_unit_digits='minor_unit_digits') }}, 0
            )
        ) as recovery_amount
    from exceeding
),

parts as (
    select
        *,
        'advance' as part,
        advance_amount as amount
    from settled
    union all
    select
        *,
        'recovery' as part,
        -recovery_amount as amount
    from settled
),

listed as (
    select
        payee_id,
        'draw' as component_code,
        'draw:' || draw_id || ':' || cast(period_start as string) as basis_key,
        part,
        period_start as earning_period_start,
        currency,
        cast(amount as decimal(18, 2)) as amount,
        false as is_interim,
        false as is_rate_provisional,
        {{ fingerprint(['draw_amount', 'base_amount', 'balance_amount', 'recovery_rate']) }} as event_fingerprint
    from parts
    where amount <> 0
)

select * from listed
