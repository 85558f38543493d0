with parts as (
    select * from {{ ref('int_event_parts_listed') }}
),

credit_rules as (
    select
        *,
        concat_ws(
            '|', component_code, event_type, credit_source, credit_kind, coalesce(role_code, ''), coalesce(product_line, ''),
            coalesce(opportunity_type, ''), cast(valid_from as string)
        ) as rule_key
    from {{ ref('credit_rules') }}
),

ruled as (
    select
        parts.event_key,
        parts.part_key,
        credit_rules.rule_key,
        credit_rules.component_code,
        credit_rules.credit_kind,
        credit_rules.credit_source,
        credit_rules.role_code,
        credit_rules.credit_percent,
        credit_rules.override_depth,
        credit_rules.includes_own,
        parts.credited_on,
        parts.account_id,
        parts.opportunity_id,
        parts.partner_id,
        parts.user_id,
        parts.payee_id
    from parts
    inner join credit_rules
        on
            parts.event_type = credit_rules.event_type
            and parts.credited_on >= credit_rules.valid_from
            and (credit_rules.valid_to is null or parts.credited_on < credit_rules.valid_to)
            -- A score is for the component that looks at it, whichever others are paid by scores.
            and (parts.component_code is null or parts.component_code = credit_rules.component_code)
            and (credit_rules.product_line is null or parts.product_line = credit_rules.product_line)
            and (credit_rules.opportunity_type is null or parts.opportunity_type = credit_rules.opportunity_type)
    union all
    -- Whose share of a pool it is, and for which component, stands with the pool.
    select
        parts.event_key,
        parts.part_key,
        'pool' as rule_key,
        parts.component_code,
        'revenue' as credit_kind,
        'payee' as credit_source,
        cast(null as string) as role_code,
        1 as credit_percent,
        cast(null as string) as override_depth,
        cast(null as boolean) as includes_own,
        parts.credited_on,
        parts.account_id,
        parts.opportunity_id,
        parts.partner_id,
        parts.user_id,
        parts.payee_id
    from parts
    where parts.event_type = 'pool'
)

select * from ruled
