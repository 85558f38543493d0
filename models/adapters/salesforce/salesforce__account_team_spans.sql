with versions as (
    select
        id as account_team_member_id,
        account_id,
        user_id,
        team_member_role,
        created_date,
        is_delete_marker,
        _fivetran_synced as seen_at,
        version_rank
    from {{ ref('base_salesforce__account_team_member') }}
    where row_status in ('staged', 'superseded', 'deleted')
),

-- The latest version in which the person was on the team says who it was, and as what.
members as (
    select *
    from versions
    where not is_delete_marker
    qualify row_number() over (partition by account_team_member_id order by version_rank) = 1
),

departures as (
    select
        members.account_team_member_id,
        min(versions.seen_at) as left_at
    from members
    inner join versions
        on
            members.account_team_member_id = versions.account_team_member_id
            and members.version_rank > versions.version_rank
    group by members.account_team_member_id
),

spans as (
    select
        {{ salesforce_id('members.account_id') }} as account_id,
        {{ salesforce_id('members.user_id') }} as user_id,
        -- Sales Engineer is the role sales_engineer.
        replace(lower(trim(members.team_member_role)), ' ', '_') as role_code,
        {{ business_date('members.created_date') }} as valid_from,
        {{ business_date('departures.left_at') }} as valid_to
    from members
    left join departures on members.account_team_member_id = departures.account_team_member_id
),

-- Somebody who was taken off a team and put back on the same day was on it all the time.
followed as (
    select
        *,
        max(case when valid_to is null then 1 else 0 end) over earlier as has_open_span,
        max(valid_to) over earlier as covered_to
    from spans
    where valid_to is null or valid_to > valid_from
    window earlier as (
        partition by account_id, user_id, role_code order by valid_from, coalesce(valid_to, valid_from)
        rows between unbounded preceding and 1 preceding
    )
),

numbered as (
    select
        *,
        sum(case when has_open_span = 1 or covered_to >= valid_from then 0 else 1 end) over (
            partition by account_id, user_id, role_code order by valid_from, coalesce(valid_to, valid_from)
            rows between unbounded preceding and current row
        ) as stretch
    from followed
),

merged as (
    select
        account_id,
        user_id,
        role_code,
        min(valid_from) as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to
    from numbered
    group by account_id, user_id, role_code, stretch
)

select * from merged
