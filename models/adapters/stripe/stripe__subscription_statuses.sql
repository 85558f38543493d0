with versions as (
    select
        subscription_id,
        customer_id,
        salesforce_contract_id,
        case
            when status = 'canceled' then 'ended'
            when status = 'not_started' then 'signed'
            when status = 'incomplete_expired' then 'incomplete'
            when status in ('active', 'past_due') and pause_collection_behavior is not null then 'paused'
            else status
        end as status,
        version_started_at,
        {{ business_date('version_started_at') }} as version_started_on,
        {{ business_date('started_at') }} as started_on,
        {{ business_date('trial_ends_at') }} as trial_ends_on,
        {{ business_date('coalesce(ended_at, version_started_at)') }} as ended_on,
        {{ business_date('coalesce(cancels_at, case when is_cancelled_at_period_end then period_ends_at end)') }} as cancels_on,
        row_number() over (partition by subscription_id order by version_started_at) = 1 as is_first
    from {{ ref('stg_stripe__subscription_history') }}
),

dated_versions as (
    select
        subscription_id,
        customer_id,
        salesforce_contract_id,
        status,
        case when status <> 'ended' then cancels_on end as cancels_on,
        case
            when status = 'ended' then ended_on
            when status = 'signed' then started_on
            when is_first and status in ('trialing', 'incomplete') then started_on
            when is_first then coalesce(trial_ends_on, started_on)
            else version_started_on
        end as begins_on,
        version_started_at,
        3 as place
    from versions
),

-- History often begins long after the subscription did: what its first version knows of the time before.
earlier_trials as (
    select
        subscription_id,
        customer_id,
        salesforce_contract_id,
        'trialing' as status,
        cast(null as date) as cancels_on,
        started_on as begins_on,
        version_started_at,
        1 as place
    from versions
    where is_first and trial_ends_on is not null and status not in ('signed', 'trialing', 'incomplete')
),

earlier_service as (
    select
        subscription_id,
        customer_id,
        salesforce_contract_id,
        'active' as status,
        cast(null as date) as cancels_on,
        coalesce(trial_ends_on, started_on) as begins_on,
        version_started_at,
        2 as place
    from versions
    where is_first and status = 'ended'
),

all_versions as (
    select * from dated_versions
    union all
    select * from earlier_trials
    union all
    select * from earlier_service
),

-- A later version has the last word from its first day on, also where that day is before the version before it.
ordered as (
    select
        *,
        min(begins_on) over (
            partition by subscription_id order by version_started_at, place
            rows between current row and unbounded following
        ) as held_from
    from all_versions
),

statuses as (
    select
        *,
        lead(held_from) over (partition by subscription_id order by version_started_at, place) as held_until
    from ordered
)

select
    subscription_id,
    customer_id,
    salesforce_contract_id,
    status,
    cancels_on,
    held_from,
    held_until
from statuses
where held_until is null or held_from < held_until
union all
select
    subscription_id,
    customer_id,
    salesforce_contract_id,
    status,
    cancels_on,
    held_from,
    held_until
from {{ ref('stripe__unknown_subscriptions') }}
