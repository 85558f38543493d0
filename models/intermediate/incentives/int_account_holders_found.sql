with ruled as (
    select * from {{ ref('int_event_parts_ruled') }}
    where credit_source in ('account_owner_on_event_day', 'role_on_account', 'contract_opportunity_split')
),

deal_holders as (
    select
        event_key,
        part_key,
        rule_key
    from {{ ref('int_deal_holders_found') }}
),

account_owners as (
    select
        account_id,
        user_id,
        role_code,
        valid_from,
        valid_to
    from {{ ref('input_account_owners') }}
),

-- Recurring revenue that no deal stands for is the account owner's.
asking as (
    select
        ruled.*,
        case when ruled.credit_source = 'role_on_account' then ruled.role_code else 'owner' end as asked_role_code
    from ruled
    left join deal_holders
        on
            ruled.event_key = deal_holders.event_key
            and ruled.part_key = deal_holders.part_key
            and ruled.rule_key = deal_holders.rule_key
    where
        deal_holders.event_key is null
        and (ruled.credit_source <> 'contract_opportunity_split' or ruled.credit_kind = 'revenue')
),

members as (
    select
        asking.event_key,
        asking.part_key,
        asking.rule_key,
        asking.credit_kind,
        account_owners.user_id,
        count(*) over (partition by asking.event_key, asking.part_key, asking.rule_key) as member_count
    from asking
    inner join account_owners
        on
            asking.account_id = account_owners.account_id
            and asking.asked_role_code = account_owners.role_code
            and asking.credited_on >= account_owners.valid_from
            and (account_owners.valid_to is null or asking.credited_on < account_owners.valid_to)
),

-- Several people of one role share its revenue equally; each has an overlay of their own.
found as (
    select
        event_key,
        part_key,
        rule_key,
        user_id,
        case when credit_kind = 'revenue' then {{ prorated('1', '1', 'member_count', 10) }} else 1 end as holder_share
    from members
)

select * from found
