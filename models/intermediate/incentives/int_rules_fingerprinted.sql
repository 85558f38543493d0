{% set tier_text %}
concat_ws(':', cast(tier_from as string), coalesce(cast(rate as string), ''), coalesce(cast(amount_at_from as string), ''))
{%- endset %}

with components as (
    select * from {{ ref('int_components_in_force') }}
),

tiers as (
    select
        plan_code,
        component_code,
        valid_from,
        {{ joined_text(tier_text) }} as tiers_text
    from {{ ref('rate_tiers') }}
    group by plan_code, component_code, valid_from
),

clawback_rules as (
    select
        plan_code,
        component_code,
        valid_from,
        valid_to,
        {{ fingerprint(['clawback_trigger', 'method', 'months', 'unpaid_days', 'scope', 'valid_from', 'valid_to']) }} as rule_text
    from {{ ref('clawback_rules') }}
),

rules_in_force as (
    select
        components.plan_code,
        components.component_code,
        components.in_force_from,
        {{ joined_text('clawback_rules.rule_text') }} as clawback_text
    from components
    inner join clawback_rules
        on
            components.plan_code = clawback_rules.plan_code
            and components.component_code = clawback_rules.component_code
            and (clawback_rules.valid_to is null or components.in_force_from < clawback_rules.valid_to)
            and (components.in_force_to is null or components.in_force_to > clawback_rules.valid_from)
    group by components.plan_code, components.component_code, components.in_force_from
),

fingerprinted as (
    select
        components.plan_code,
        components.component_code,
        components.in_force_from,
        components.plan_code || ':' || cast(components.plan_version as string) || ':' || cast(components.component_valid_from as string)
            as rule_version,
        {{ fingerprint([
            'components.plan_currency', 'components.rate_type', 'components.measure', 'components.window_type', 'components.mode',
            'components.evaluation', 'components.tier_basis', 'components.rate', 'components.amount', 'components.unit_size',
            'components.is_pro_rata', 'components.attainment_cap', 'components.cliff_from', 'components.cliff_mode',
            'components.floor_amount', 'components.release_on', 'components.release_days', 'components.is_cap_refundable',
            'components.attainment_after_clawback', 'components.answer_count_from', 'components.anniversary_from',
            'tiers.tiers_text', 'rules_in_force.clawback_text',
        ]) }} as rules_fingerprint
    from components
    left join tiers
        on
            components.plan_code = tiers.plan_code
            and components.component_code = tiers.component_code
            and components.component_valid_from = tiers.valid_from
    left join rules_in_force
        on
            components.plan_code = rules_in_force.plan_code
            and components.component_code = rules_in_force.component_code
            and components.in_force_from = rules_in_force.in_force_from
)

select * from fingerprinted
