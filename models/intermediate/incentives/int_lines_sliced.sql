with lines as (
    select
        payee_id,
        component_code,
        basis_key,
        plan_code,
        component_valid_from,
        window_start,
        mode,
        minor_unit_digits,
        plan_credit_amount,
        component_rate,
        least(basis_from, basis_to) as low,
        greatest(basis_from, basis_to) as high,
        basis_total,
        basis_width,
        case when cliff_mode = 'threshold' then cliff_threshold end as paid_from
    from {{ ref('int_lines_ranged') }}
    where mode in ('flat', 'marginal', 'whole_amount', 'overage_at_top') and basis_width > 0
),

tiers as (
    select * from {{ ref('int_tiers_bounded') }}
),

tiered as (
    select
        lines.*,
        tiers.tier_number,
        tiers.tier_from,
        tiers.tier_to,
        tiers.rate,
        tiers.basis_from,
        tiers.basis_to,
        tiers.overage_from,
        tiers.is_without_quota,
        (tiers.basis_from is null or lines.basis_total >= tiers.basis_from)
        and (tiers.basis_to is null or lines.basis_total < tiers.basis_to) as is_reached
    from lines
    inner join tiers
        on
            lines.payee_id = tiers.payee_id
            and lines.plan_code = tiers.plan_code
            and lines.component_code = tiers.component_code
            and lines.component_valid_from = tiers.component_valid_from
            and lines.window_start = tiers.window_start
    where lines.mode <> 'flat'
),

-- From where to where of the basis a tier's rate is paid.
cut as (
    select
        *,
        case
            when mode = 'marginal' then basis_from
            when mode = 'overage_at_top' and tier_number > 1 and not is_without_quota then overage_from
        end as rate_from,
        case
            when mode = 'marginal' then basis_to
            when mode = 'overage_at_top' and not is_reached then overage_from
        end as rate_to
    from tiered
    where mode = 'marginal' or is_reached or (mode = 'overage_at_top' and tier_number = 1)
),

slices as (
    select
        payee_id,
        component_code,
        basis_key,
        minor_unit_digits,
        plan_credit_amount,
        basis_width,
        paid_from,
        tier_number as slice_number,
        tier_from,
        tier_to,
        rate,
        greatest(low, rate_from) as slice_low,
        least(high, rate_to) as slice_high
    from cut
    union all
    select
        payee_id,
        component_code,
        basis_key,
        minor_unit_digits,
        plan_credit_amount,
        basis_width,
        paid_from,
        1 as slice_number,
        cast(null as decimal(18, 6)) as tier_from,
        cast(null as decimal(18, 6)) as tier_to,
        component_rate as rate,
        low as slice_low,
        high as slice_high
    from lines
    where mode = 'flat'
),

-- Exact, not rounded: the line is rounded once, over all its slices.
weighed as (
    select
        *,
        {{ exact_product([['plan_credit_amount', 2], ['slice_high - slice_low', 6], ['rate', 6]]) }} as amount_above,
        {{ exact_product([['plan_credit_amount', 2], ['greatest(slice_high - greatest(slice_low, paid_from), 0)', 6], ['rate', 6]]) }}
            as paid_above,
        {{ exact_product([['basis_width', 6], ['1', 6]]) }} as amount_below
    from slices
    where slice_high > slice_low
)

select * from weighed
