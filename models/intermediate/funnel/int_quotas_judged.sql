with weighed as (
    select
        owner_user_id,
        quarter_start,
        quarter_end,
        opportunity_type,
        quota_scope,
        quota_amount
    from {{ ref('int_attainments_weighed') }}
),

bookings as (
    select * from {{ ref('int_bookings_by_owner_day') }}
),

managers as (
    select * from {{ ref('int_users_managed') }}
),

settings as (
    select * from {{ ref('int_forecast_settings') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- A quota of a quarter that is over has a row for each of its weeks.
quotas as (
    select distinct weighed.*
    from weighed
    inner join as_of on weighed.quarter_end <= as_of.as_of_on
),

counted as (
    select
        'own' as quota_scope,
        owner_user_id,
        day_on,
        opportunity_type,
        closed_amount
    from bookings
    union all
    select
        'team' as quota_scope,
        owner_user_id,
        day_on,
        opportunity_type,
        closed_amount
    from bookings
    union all
    select
        'team' as quota_scope,
        managers.manager_user_id as owner_user_id,
        bookings.day_on,
        bookings.opportunity_type,
        bookings.closed_amount
    from bookings
    inner join managers
        on
            bookings.owner_user_id = managers.user_id
            and bookings.day_on >= managers.valid_from
            and (managers.valid_to is null or bookings.day_on < managers.valid_to)
),

reached as (
    select
        quotas.owner_user_id,
        quotas.quarter_start,
        quotas.opportunity_type,
        quotas.quota_scope,
        coalesce(sum(counted.closed_amount), 0) >= quotas.quota_amount as is_attained
    from quotas
    left join counted
        on
            quotas.owner_user_id = counted.owner_user_id
            and quotas.quarter_end = counted.day_on
            and quotas.opportunity_type = counted.opportunity_type
            and quotas.quota_scope = counted.quota_scope
    group by quotas.owner_user_id, quotas.quarter_start, quotas.opportunity_type, quotas.quota_scope, quotas.quota_amount
),

by_quarter as (
    select
        quarter_start,
        count(*) as quota_count,
        count(case when is_attained then 1 end) as attained_count
    from reached
    group by quarter_start
),

-- What was known when the quarter began: the quarters before it.
known as (
    select
        quarter_start,
        cast(coalesce(sum(quota_count) over before_it, 0) as bigint) as known_count,
        cast(coalesce(sum(attained_count) over before_it, 0) as bigint) as known_attained_count
    from by_quarter
    window before_it as (order by quarter_start rows between unbounded preceding and 1 preceding)
),

judged as (
    select
        reached.*,
        known.known_count,
        {{ smoothed_rate(
            'known.known_attained_count',
            'known.known_count',
            'settings.prior_attainment_rate',
            'settings.prior_count'
        ) }} as base_rate
    from reached
    inner join known on reached.quarter_start = known.quarter_start
    cross join settings
)

select * from judged
