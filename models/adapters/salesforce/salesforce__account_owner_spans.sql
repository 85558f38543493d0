with versions as (
    select
        {{ salesforce_id('account_id') }} as account_id,
        {{ salesforce_id('owner_user_id') }} as owner_user_id,
        is_deleted,
        version_started_at,
        {{ business_date('version_started_at') }} as started_on,
        {{ business_date('version_ended_at') }} as ended_on
    from {{ ref('stg_salesforce__account_history') }}
),

accounts as (
    select
        {{ salesforce_id('account_id') }} as account_id,
        {{ salesforce_id('owner_user_id') }} as owner_user_id,
        {{ business_date('created_at') }} as created_on
    from {{ ref('stg_salesforce__account') }}
),

-- A day has one owner: whoever owns the account when it ends.
days as (
    select
        account_id,
        case when not is_deleted then owner_user_id end as owner_user_id,
        started_on,
        ended_on
    from versions
    qualify row_number() over (partition by account_id, started_on order by version_started_at desc) = 1
),

followed as (
    select
        *,
        lag(owner_user_id) over (partition by account_id order by started_on) as previous_user_id,
        row_number() over (partition by account_id order by started_on) as place,
        last_value(ended_on) over (
            partition by account_id order by started_on rows between unbounded preceding and unbounded following
        ) as history_ended_on
    from days
),

-- Versions that only change something else than the owner say nothing new.
changes as (
    select
        account_id,
        owner_user_id,
        started_on,
        place,
        coalesce(lead(started_on) over (partition by account_id order by started_on), history_ended_on) as ended_on
    from followed
    where place = 1 or owner_user_id is distinct from previous_user_id
),

-- What the history began with had been so since the account was made, as far as anybody knows.
owned as (
    select
        changes.account_id,
        changes.owner_user_id,
        case
            when changes.place > 1 or accounts.created_on is null then changes.started_on
            else least(changes.started_on, accounts.created_on)
        end as valid_from,
        changes.ended_on as valid_to
    from changes
    left join accounts on changes.account_id = accounts.account_id
    where changes.owner_user_id is not null
),

without_history as (
    select
        accounts.account_id,
        accounts.owner_user_id,
        coalesce(accounts.created_on, cast('{{ var("plausible_from") }}' as date)) as valid_from,
        cast(null as date) as valid_to
    from accounts
    left join days on accounts.account_id = days.account_id
    where days.account_id is null and accounts.owner_user_id is not null
),

spans as (
    select * from owned
    where valid_to is null or valid_to > valid_from
    union all
    select * from without_history
)

select * from spans
