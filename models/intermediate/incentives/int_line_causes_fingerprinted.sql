with lines as (
    select * from {{ ref('int_lines_completed') }}
),

based as (
    select * from {{ ref('int_lines_based') }}
),

ranged as (
    select
        payee_id,
        component_code,
        basis_key,
        mode,
        basis_from,
        basis_total,
        attainment_cap,
        cliff_from,
        is_cliff_reached,
        quota_amount
    from {{ ref('int_lines_ranged') }}
),

events as (
    select
        event_key,
        event_fingerprint
    from {{ ref('int_incentive_events') }}
),

converted as (
    select * from {{ ref('int_lines_converted') }}
),

rules as (
    select * from {{ ref('int_rules_fingerprinted') }}
),

-- Only what the line depends on: a flat rate does not ask where its window stands.
fingerprinted as (
    select
        lines.payee_id,
        lines.component_code,
        lines.basis_key,
        coalesce(events.event_fingerprint, {{ fingerprint(['lines.basis_key', 'lines.earned_on']) }}) as event_fingerprint,
        {{ fingerprint(['based.credit_kind', 'based.currency', 'based.credit_amount', 'based.credit_percent', 'based.credited_on']) }}
            as credit_fingerprint,
        rules.rules_fingerprint,
        {{ fingerprint(['based.rate', 'converted.pay_rate', 'converted.plan_currency', 'converted.pay_currency']) }}
            as exchange_rate_fingerprint,
        {{ fingerprint([
            "case when ranged.mode not in ('flat', 'fixed') or ranged.attainment_cap is not null then ranged.basis_from end",
            "case when ranged.mode in ('whole_amount', 'overage_at_top') then ranged.basis_total end",
            "case when ranged.mode not in ('flat', 'fixed') or ranged.attainment_cap is not null then ranged.quota_amount end",
            'case when ranged.cliff_from is not null then ranged.is_cliff_reached end',
            "case when based.basis_key is null then lines.after_floor_amount end",
            'lines.rooms',
        ]) }} as attainment_fingerprint,
        {{ fingerprint(['lines.retained_fraction']) }} as retained_fingerprint,
        {{ fingerprint(['lines.released_fraction']) }} as released_fingerprint,
        rules.rule_version
    from lines
    inner join converted
        on
            lines.payee_id = converted.payee_id
            and lines.component_code = converted.component_code
            and lines.basis_key = converted.basis_key
    inner join rules
        on
            lines.plan_code = rules.plan_code
            and lines.component_code = rules.component_code
            and lines.in_force_from = rules.in_force_from
    left join based
        on
            lines.payee_id = based.payee_id
            and lines.component_code = based.component_code
            and lines.basis_key = based.basis_key
    left join events on based.event_key = events.event_key
    left join ranged
        on
            lines.payee_id = ranged.payee_id
            and lines.component_code = ranged.component_code
            and lines.basis_key = ranged.basis_key
)

select * from fingerprinted
