with lines as (
    select
        payee_id,
        plan_code,
        component_code,
        component_valid_from,
        measure,
        window_type,
        window_start,
        tier_basis,
        attainment_cap
    from {{ ref('int_lines_based') }}
    where reversed_event_key is null and mode in ('marginal', 'whole_amount', 'overage_at_top', 'interpolated')
),

quotas as (
    select * from {{ ref('int_quotas_by_window') }}
),

rate_tiers as (
    select
        *,
        row_number() over (partition by plan_code, component_code, valid_from order by tier_from) as tier_number
    from {{ ref('rate_tiers') }}
),

-- The lines of a window share its tiers.
windows as (
    select distinct *
    from lines
),

tiered as (
    select
        windows.payee_id,
        windows.plan_code,
        windows.component_code,
        windows.component_valid_from,
        windows.window_start,
        windows.tier_basis,
        quotas.quota_amount,
        rate_tiers.tier_number,
        rate_tiers.tier_from,
        rate_tiers.tier_to,
        rate_tiers.rate,
        rate_tiers.amount_at_from,
        coalesce(windows.tier_basis = 'attainment' and quotas.quota_amount = 0, false) as is_without_quota,
        -- What is guaranteed counts no further than what is reached would.
        least(quotas.guaranteed_attainment, windows.attainment_cap) as guaranteed_attainment,
        -- No comparison uses a rounded ratio: a share of quota is an amount.
        cast(case
            when windows.tier_basis = 'attainment' then {{ prorated('quotas.quota_amount', 'rate_tiers.tier_from') }}
            else rate_tiers.tier_from
        end as decimal(18, 6)) as threshold
    from windows
    inner join rate_tiers
        on
            windows.plan_code = rate_tiers.plan_code
            and windows.component_code = rate_tiers.component_code
            and windows.component_valid_from = rate_tiers.valid_from
    left join quotas
        on
            windows.payee_id = quotas.payee_id
            and windows.measure = quotas.measure
            and windows.window_type = quotas.window_type
            and windows.window_start = quotas.window_start
),

followed as (
    select
        *,
        lead(threshold) over same_window as next_threshold,
        lead(amount_at_from) over same_window as next_amount_at_from,
        max(case when tier_number = 2 then threshold end) over (
            partition by payee_id, plan_code, component_code, component_valid_from, window_start
        ) as second_threshold
    from tiered
    window same_window as (partition by payee_id, plan_code, component_code, component_valid_from, window_start order by tier_number)
),

-- Below nothing the first tier goes on, so that a loss finds its rate; without a quota the guaranteed tier is all there is.
bounded as (
    select
        payee_id,
        plan_code,
        component_code,
        component_valid_from,
        window_start,
        tier_number,
        tier_from,
        tier_to,
        rate,
        amount_at_from,
        next_amount_at_from,
        threshold,
        next_threshold,
        is_without_quota,
        guaranteed_attainment,
        -- Where the overage begins: tiers of an amount have the second one in the place of the quota.
        case when tier_basis = 'attainment' then quota_amount else second_threshold end as overage_from,
        case when tier_from > 0 and not is_without_quota then threshold end as basis_from,
        case when not is_without_quota then next_threshold end as basis_to
    from followed
    where
        not is_without_quota
        or (guaranteed_attainment >= tier_from and (tier_to is null or guaranteed_attainment < tier_to))
)

select * from bounded
