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
        {{ business_date('coalesce(trial_ends_at, started_at)') }} as service_started_on,
        {{ business_date('coalesce(cancellation_asked_at, version_started_at)') }} as cancellation_asked_on,
        trial_ends_at is not null as had_trial,
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
            -- A plain active version says no more than the service before it.
            when is_first and status = 'active' and cancels_on is null then service_started_on
            when is_first then greatest(started_on, version_started_on)
            else version_started_on
        end as begins_on,
        version_started_at,
        4 as place
    from versions
),

-- History often begins long after the subscription did: what its first version knows of the time before, and no more.
-- That it is late, paused or unpaid is known from its own start on; that it will be cancelled from the day that was asked.
earlier_stretches as (
    select 1 as place
    union all
    select 2 as place
    union all
    select 3 as place
),

earlier_versions as (
    select
        versions.subscription_id,
        versions.customer_id,
        versions.salesforce_contract_id,
        case when earlier_stretches.place = 1 then 'trialing' else 'active' end as status,
        case when earlier_stretches.place = 3 then versions.cancels_on end as cancels_on,
        case earlier_stretches.place
            when 1 then versions.started_on
            when 2 then versions.service_started_on
            else greatest(versions.service_started_on, least(versions.cancellation_asked_on, versions.version_started_on))
        end as begins_on,
        versions.version_started_at,
        earlier_stretches.place
    from versions
    cross join earlier_stretches
    where
        versions.is_first
        and versions.status not in ('signed', 'trialing', 'incomplete')
        and (earlier_stretches.place <> 1 or versions.had_trial)
        and (earlier_stretches.place <> 3 or (versions.status <> 'ended' and versions.cancels_on is not null))
),

all_versions as (
    select * from dated_versions
    union all
    select * from earlier_versions
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
        subscription_id,
        customer_id,
        salesforce_contract_id,
        status,
        cancels_on,
        held_from,
        lead(held_from) over (partition by subscription_id order by version_started_at, place) as held_until
    from ordered
)

select * from statuses
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
