with ruled as (
    select * from {{ ref('int_event_parts_ruled') }}
    -- A manager's credit is made of the credits of others.
    where credit_source <> 'manager_override'
),

holders as (
    select
        event_key,
        part_key,
        rule_key,
        user_id,
        holder_share,
        uncredited_reason
    from {{ ref('int_deal_holders_found') }}
    union all
    select
        event_key,
        part_key,
        rule_key,
        user_id,
        holder_share,
        cast(null as string) as uncredited_reason
    from {{ ref('int_account_holders_found') }}
),

payees as (
    select * from {{ ref('int_payees_dated') }}
),

asked as (
    select
        ruled.event_key,
        ruled.part_key,
        ruled.component_code,
        ruled.credit_kind,
        ruled.credit_source,
        ruled.credit_percent,
        ruled.credited_on,
        case ruled.credit_source
            when 'payee' then ruled.user_id
            when 'partner' then ruled.partner_id
            else holders.user_id
        end as holder_id,
        case when ruled.credit_source = 'payee' then ruled.payee_id end as named_payee_id,
        coalesce(holders.holder_share, 1) as holder_share,
        holders.uncredited_reason
    from ruled
    left join holders
        on
            ruled.event_key = holders.event_key
            and ruled.part_key = holders.part_key
            and ruled.rule_key = holders.rule_key
),

placed as (
    select
        asked.*,
        coalesce(asked.named_payee_id, payees.payee_id) as payee_id
    from asked
    left join payees
        on
            asked.holder_id = payees.holder_id
            and (payees.stands_from is null or asked.credited_on >= payees.stands_from)
            and (payees.stands_to is null or asked.credited_on < payees.stands_to)
),

judged as (
    select
        event_key,
        part_key,
        component_code,
        credit_kind,
        coalesce(payee_id, 'uncredited') as payee_id,
        case
            when payee_id is not null then null
            when uncredited_reason is not null then uncredited_reason
            when holder_id is null then 'nobody_found'
            else 'no_payee'
        end as uncredited_reason,
        {{ prorated('credit_percent', 'holder_share', scale=12) }} as weight
    from placed
    -- Only revenue has to be somebody's: an overlay that nobody has, or a sale without a partner in the programme, is none.
    where payee_id is not null or (credit_kind = 'revenue' and credit_source <> 'partner')
),

summed as (
    select
        event_key,
        part_key,
        component_code,
        credit_kind,
        payee_id,
        min(uncredited_reason) as uncredited_reason,
        cast(sum(weight) as decimal(18, 12)) as weight
    from judged
    group by event_key, part_key, component_code, credit_kind, payee_id
)

select * from summed
