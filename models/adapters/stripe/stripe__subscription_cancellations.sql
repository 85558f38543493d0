with versions as (
    select
        subscription_id,
        status,
        -- Whether somebody asked for the end: it is scheduled, or was asked for before it came.
        is_cancelled_at_period_end or cancels_at is not null or coalesce(cancellation_asked_at < ended_at, false) as is_asked_for,
        cancellation_asked_at,
        ended_at,
        cancellation_cause,
        nullif(cancellation_feedback, '') as cancellation_feedback,
        nullif(cancellation_reason, '') as cancellation_reason,
        version_started_at,
        row_number() over (partition by subscription_id order by version_started_at desc) as version_rank
    from {{ ref('stg_stripe__subscription_history') }}
),

-- An end that was asked for and revoked is none. A subscription whose first payment never came did not begin.
latest_versions as (
    select
        subscription_id,
        status = 'canceled' as is_ended,
        coalesce(is_asked_for, false) as is_asked_for,
        cancellation_asked_at,
        case when status = 'canceled' then coalesce(ended_at, version_started_at) end as ended_at,
        cancellation_cause,
        cancellation_feedback,
        cancellation_reason,
        version_started_at
    from versions
    where version_rank = 1 and (status = 'canceled' or (is_asked_for and status <> 'incomplete_expired'))
),

-- What each was before it ended.
versions_before as (
    select
        subscription_id,
        status,
        row_number() over (partition by subscription_id order by version_started_at desc) as version_rank
    from versions
    where status <> 'canceled'
),

judged as (
    select
        latest_versions.*,
        case
            when latest_versions.cancellation_cause is not null then latest_versions.cancellation_cause = 'payment_failed'
            when latest_versions.cancellation_feedback is not null or latest_versions.is_asked_for then false
            -- Nobody asked: what fails to pay for long is ended, and what paid was ended by somebody's decision.
            else versions_before.status in ('past_due', 'unpaid')
        end as is_payment_failure
    from latest_versions
    left join versions_before
        on
            latest_versions.subscription_id = versions_before.subscription_id
            and versions_before.version_rank = 1
),

contracted as (
    select
        {{ source_key('stripe', 'subscription_id') }} as subscription_id,
        {{ business_date('coalesce(cancellation_asked_at, ended_at, version_started_at)') }} as cancelled_on,
        {{ business_date('ended_at') }} as ended_on,
        -- That the end was asked for is no reason.
        coalesce(
            cancellation_reason,
            cancellation_feedback,
            case when cancellation_cause <> 'cancellation_requested' then cancellation_cause end
        ) as reason,
        is_payment_failure,
        'stripe' as source_system
    from judged
)

select * from contracted
